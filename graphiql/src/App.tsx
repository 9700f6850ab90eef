import { explorerPlugin } from "@graphiql/plugin-explorer";
import { HISTORY_PLUGIN } from "@graphiql/plugin-history";
import { GraphiQL } from "graphiql";
import { useMemo, useRef, useState } from "react";

import { DemoUserChoice } from "./DemoUserChoice";
import { examplesPlugin } from "./ExamplesPanel";
import { TokenField } from "./TokenField";
import type { DemoUser } from "./demoUsers";
import { examplesFor } from "./examples";
import { fetcherOf, openSession, REFUSED, type Session } from "./session";

const HINT = "It stays in this page, until you leave it. In development, billing token NAME prints one.";

/** What the roles may do, in short. */
const MAY: Record<string, string> = {
  COORDINATOR: "sees and handles what the division charges and pays",
  ANALYST: "sees everything, changes nothing",
  BILLING_ADMIN: "sees everything, handles every record and payment",
  ADMIN: "as billing admin, and keeps the catalog, divisions and users",
  SUPERADMIN: "as admin, and keeps the admins",
};

/** GraphiQL under a bar that says who is asking. */
export function App({ demoUsers }: { demoUsers: DemoUser[] }) {
  const isDemo = demoUsers.length > 0;
  const [session, setSession] = useState<Session | null>(null);
  const [complaint, setComplaint] = useState<string | null>(null);
  const fetcher = useMemo(() => fetcherOf(session, () => setComplaint(REFUSED)), [session]);
  const examples = useMemo(() => examplesFor(demoUsers), [demoUsers]);
  const plugins = useMemo(() => [examplesPlugin(examples), explorerPlugin({}), HISTORY_PLUGIN], [examples]);

  const attempts = useRef(0);

  async function become(token: string): Promise<boolean> {
    const attempt = ++attempts.current;
    let found: Session | null = null;
    let wrong: string | null = null;
    try {
      found = await openSession(token);
    } catch (error) {
      wrong = (error as Error).message;
    }
    if (attempt === attempts.current) {
      // Another choice may have been made meanwhile, and been answered sooner.
      setSession(found);
      setComplaint(wrong);
    }
    return found !== null;
  }

  return (
    <>
      <header className="billing-bar">
        <h1>Internal Billing</h1>
        {isDemo ? <DemoUserChoice users={demoUsers} become={become} /> : <TokenField become={become} />}
        <p role="status" className={complaint ? "billing-complaint" : ""}>
          {complaint ?? (session ? whoIs(session, isDemo) : !isDemo && HINT)}
        </p>
      </header>
      <main>
        <GraphiQL
          fetcher={fetcher}
          // Without a session there is nobody to ask for the schema.
          schema={session ? undefined : null}
          inputValueDeprecation
          defaultTabs={examples}
          defaultEditorToolsVisibility="variables"
          plugins={plugins}
          // GraphiQL would keep headers, and so tokens, with its history in the browser's storage.
          isHeadersEditorEnabled={false}
          shouldPersistHeaders={false}
        >
          <GraphiQL.Logo> </GraphiQL.Logo>
        </GraphiQL>
      </main>
    </>
  );
}

function whoIs({ name, role, division }: Session, isChosen: boolean): string {
  const what = role === "COORDINATOR" && division ? `coordinator of ${division.name}` : wordsOf(role);
  const may = MAY[role] ? `, ${MAY[role]}` : "";
  return isChosen ? `${what[0]!.toUpperCase()}${what.slice(1)}${may}` : `You are ${name}: ${what}${may}`;
}

function wordsOf(role: string): string {
  return role.toLowerCase().replaceAll("_", " ");
}
