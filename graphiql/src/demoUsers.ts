/** Someone who can be tried out in the demo. */
export interface DemoUser {
  name: string;
  role: string;
  division: string | null;
  divisionId: string | null;
  token: string;
}

/** The users of the demo; none where this is no demo, and then a token is asked for. */
export async function loadDemoUsers(): Promise<DemoUser[]> {
  try {
    const answer = await fetch("/graphql/demo-users.json");
    return answer.ok ? ((await answer.json()) as DemoUser[]) : [];
  } catch {
    return [];
  }
}
