// Read by relay-compiler, which makes relay/__generated__ of it; never run.
graphql`
  query documentsRecordQuery($number: String!) {
    billingRecord(number: $number) {
      id
      number
      total
      toDivision { id code }
    }
  }
`;
graphql`
  mutation documentsChargeMutation($input: CreateBillingRecordInput!) {
    createBillingRecord(input: $input) {
      billingRecord { id number total }
      replayed
      userErrors { field message code }
    }
  }
`;
graphql`
  query documentsAuthorQuery($number: String!) {
    billingRecord(number: $number) {
      createdBy {
        id
        displayName
        name @catch(to: RESULT)
      }
    }
  }
`;
graphql`
  query documentsRecordsQuery($first: Int!, $after: String) {
    billingRecords(first: $first, after: $after) @connection(key: "documents_billingRecords") {
      edges { cursor node { id number } }
    }
  }
`;
