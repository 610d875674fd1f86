// The console begins here.
import { createRoot } from "react-dom/client";
import { start } from "./api/session.ts";
import { App } from "./app.tsx";
import "./styles/index.css";

const root = document.getElementById("root");
if (root) createRoot(root).render(<App />);
void start();
