import { createGraphiQLFetcher, type Fetcher } from "@graphiql/toolkit";

/** Someone the service knows, and the token that says so. It lives here, in memory, and nowhere else. */
export interface Session {
  token: string;
  name: string;
  role: string;
  division: { code: string; name: string } | null;
}

export const REFUSED = "The service does not accept this token: it is wrong, has expired, or its user is not active.";

const ENDPOINT = "/graphql";
const WHO_AM_I = "query WhoAmI { me { name role division { code name } } }";

/** Who a token stands for; throws an Error whose text is for the person who gave it. */
export async function openSession(token: string): Promise<Session> {
  const answer = await ask(token);
  if (answer.status === 401) {
    throw new Error(REFUSED);
  }
  const body = (await answer.json().catch(() => null)) as { data?: { me?: Omit<Session, "token"> } } | null;
  if (!body?.data?.me) {
    throw new Error(`The service answers, but not who this is (HTTP ${answer.status}). Try again in a moment.`);
  }
  return { token, ...body.data.me };
}

async function ask(token: string): Promise<Response> {
  let headers;
  try {
    headers = new Headers({ "Content-Type": "application/json", Authorization: `Bearer ${token}` });
  } catch {
    throw new Error("This is no token: it has characters that no token has.");
  }
  try {
    return await fetch(ENDPOINT, { method: "POST", headers, body: JSON.stringify({ query: WHO_AM_I }) });
  } catch {
    throw new Error("The service does not answer. Is it running?");
  }
}

/** Sends operations with the session's token; says so when the service no longer accepts it. */
export function fetcherOf(session: Session | null, onRefused: () => void): Fetcher {
  if (session === null) {
    return () => ({ errors: [{ message: "Say who you are first: the field for the token is above." }] });
  }
  return createGraphiQLFetcher({
    url: ENDPOINT,
    headers: { Authorization: `Bearer ${session.token}` },
    fetch: async (input: RequestInfo | URL, init?: RequestInit) => {
      const answer = await fetch(input, init);
      if (answer.status === 401) {
        onRefused();
      }
      return answer;
    },
  });
}
