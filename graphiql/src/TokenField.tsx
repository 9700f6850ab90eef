import { useState } from "react";

/** The field for a token. What is typed stays in memory: no form is sent, and the field is emptied once it is known. */
export function TokenField({ become }: { become: (token: string) => Promise<boolean> }) {
  const [token, setToken] = useState("");

  async function use() {
    if (token.trim() && (await become(token.trim().replace(/^bearer +/i, "")))) {
      setToken("");
    }
  }

  return (
    <label>
      Token
      <input
        type="password"
        autoComplete="off"
        spellCheck={false}
        placeholder="Paste your token"
        value={token}
        onChange={(event) => setToken(event.target.value)}
        onKeyDown={(event) => event.key === "Enter" && void use()}
      />
      <button type="button" onClick={() => void use()} disabled={!token.trim()}>
        Use it
      </button>
    </label>
  );
}
