import { useGraphiQL, useGraphiQLActions, type GraphiQLPlugin } from "@graphiql/react";

import type { Example } from "./examples";

/** A panel with all examples, for whoever closed or changed their tabs: a click opens one in a tab of its own. */
export function examplesPlugin(examples: Example[]): GraphiQLPlugin {
  return { title: "Examples", icon: ExamplesIcon, content: () => <ExamplesPanel examples={examples} /> };
}

function ExamplesPanel({ examples }: { examples: Example[] }) {
  const { addTab } = useGraphiQLActions();
  const { queryEditor, variableEditor } = useGraphiQL(({ queryEditor, variableEditor }) => ({
    queryEditor,
    variableEditor,
  }));

  function open({ query, variables }: Example) {
    addTab();
    queryEditor?.setValue(query);
    variableEditor?.setValue(variables ?? "");
  }

  return (
    <section aria-label="Examples" className="billing-examples">
      <h2>Examples</h2>
      <ul>
        {examples.map((example) => (
          <li key={example.question}>
            <button type="button" onClick={() => open(example)}>
              {example.question}
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}

function ExamplesIcon() {
  return (
    <svg viewBox="0 0 24 24" fill="none" stroke="currentColor" strokeWidth="1.5" strokeLinecap="round" aria-hidden="true">
      <path d="M9 18.5v-1.5c0-1-.6-1.9-1.3-2.7a6 6 0 1 1 8.6 0c-.7.8-1.3 1.7-1.3 2.7v1.5zM9.5 21.5h5" />
    </svg>
  );
}
