// Narrows a list down to one of some values, or to none of them.
interface ChoiceProps {
  readonly name: string;
  /** What no choice is called. */
  readonly any: string;
  readonly value: string | undefined;
  readonly choices: readonly string[];
  /** How a choice is called; by itself unless said. */
  readonly textOf?: (choice: string) => string;
  readonly onChoose: (value: string | undefined) => void;
}

export function Choice({ name, any, value, choices, textOf = (choice) => choice, onChoose }: ChoiceProps) {
  // An address may name what is not among them (any more).
  const shown = value === undefined || choices.includes(value) ? choices : [...choices, value];
  return (
    <select aria-label={name} value={value ?? ""} onChange={(event) => onChoose(event.target.value || undefined)}>
      <option value="">{any}</option>
      {shown.map((choice) => (
        <option key={choice} value={choice}>
          {textOf(choice)}
        </option>
      ))}
    </select>
  );
}
