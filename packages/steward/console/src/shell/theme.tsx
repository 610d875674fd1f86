// Light, dark, or as the system says; theme.js puts it in place before the page is drawn.
import { useState } from "react";

const THEMES = ["system", "light", "dark"] as const;

export function ThemeButton() {
  const [theme, setTheme] = useState(() => localStorage.getItem("steward.theme") ?? "system");
  const choose = (next: string) => {
    setTheme(next);
    if (next === "system") {
      localStorage.removeItem("steward.theme");
      delete document.documentElement.dataset["theme"];
    } else {
      localStorage.setItem("steward.theme", next);
      document.documentElement.dataset["theme"] = next;
    }
  };
  return (
    <select aria-label="Theme" value={theme} onChange={(event) => choose(event.target.value)}>
      {THEMES.map((name) => (
        <option key={name}>{name}</option>
      ))}
    </select>
  );
}
