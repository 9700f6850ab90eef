import { useEffect, useState } from "react";

import type { DemoUser } from "./demoUsers";

const FIRST = "analyst"; // For whom the examples are written.

/** The choice of a demo user; every request then carries that user's token in the Authorization header. */
export function DemoUserChoice({ users, become }: { users: DemoUser[]; become: (token: string) => Promise<boolean> }) {
  const [name, setName] = useState((users.find((user) => user.name === FIRST) ?? users[0])?.name ?? "");

  useEffect(() => {
    const chosen = users.find((user) => user.name === name);
    if (chosen) {
      void become(chosen.token);
    }
  }, [name]);

  return (
    <label>
      Demo user
      <select value={name} onChange={(event) => setName(event.target.value)}>
        {users.map((user) => (
          <option key={user.name}>{user.name}</option>
        ))}
      </select>
    </label>
  );
}
