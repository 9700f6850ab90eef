// Ask the service: the data, or an error that says why there is none.
export async function ask<Data>(query: string, variables: object = {}): Promise<Data> {
  const response = await fetch(process.env.BILLING_URL!, {
    method: "POST",
    headers: { Authorization: `Bearer ${process.env.BILLING_TOKEN}`, "Content-Type": "application/json" },
    body: JSON.stringify({ query, variables }),
  });
  const answer = (await response.json()) as { data: Data; errors?: { message: string }[] };
  if (answer.errors) throw new Error(answer.errors.map((error) => error.message).join("; "));
  return answer.data;
}
