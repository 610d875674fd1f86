// Tasks: what steps execute, and pausing one of them, wherever it is part of.
import { useContext } from "react";
import type { Task } from "../api/documents.ts";
import { OverviewContext } from "../api/overview.ts";
import { PauseButton, PauseState } from "../parts/pause-button.tsx";
import { type Column, Table } from "../parts/table.tsx";

export function TasksTable({ tasks }: { readonly tasks: readonly Task[] }) {
  const { refresh } = useContext(OverviewContext);
  if (tasks.length === 0) return <p className="faint">No lifecycle is defined yet.</p>;
  const columns: readonly Column<Task>[] = [
    { title: "Task", as: "head", of: ({ name }) => name },
    { title: "Lane", of: ({ lanes }) => lanes.join(", ") },
    { title: "Part of", as: "words", of: ({ lifecycles }) => lifecycles.join(", ") },
    { title: "State", of: ({ pause }) => <PauseState pause={pause} /> },
    {
      title: "Pause",
      as: "acts",
      of: ({ name, pause }) => (
        <PauseButton target={{ task: name }} name={`the task ${name}`} pause={pause} onDone={refresh} />
      ),
    },
  ];
  return <Table name="Tasks" columns={columns} rows={tasks} keyOf={({ name }) => name} />;
}
