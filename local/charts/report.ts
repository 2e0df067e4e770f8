import type { Json } from "../plugins/kubernetes/properties";
import type { Release } from "../render/releases";
import type { ChartChange, FieldChange } from "./compare";

/** A release on both sides; on one alone, it is installed or removed as a whole. */
export interface ReleaseChange {
  readonly name: string;
  readonly from?: Release;
  readonly to?: Release;
  readonly change?: ChartChange;
}

/** Fields of an object that are shown; a CRD alone can have hundreds. */
const FIELDS = 8;
/** How much of a value is shown (characters). */
const SHOWN = 60;

/** What changes, the worst first: the lines of `npm run charts -- diff`. */
export function describeCharts(changes: readonly ReleaseChange[]): readonly string[] {
  if (changes.length === 0) return ["No chart, version or value changes."];
  const ordered = [...changes].sort((a, b) => restartsOf(b) - restartsOf(a));
  return ordered.flatMap(describeRelease);
}

const restartsOf = ({ change }: ReleaseChange) => change?.restarts.length ?? 0;

function describeRelease({ name, from, to, change }: ReleaseChange): readonly string[] {
  if (from === undefined) return [`${name}: installed, ${to?.chart ?? ""} ${to?.version ?? ""}`];
  if (to === undefined) return [`${name}: removed; its CRDs and everybody's custom resources stay`];
  const version = from.version === to.version ? `${to.version}, other values` : `${from.version} -> ${to.version}`;
  if (change === undefined) return [`${name}: ${version}`];
  return [
    `${name}: ${version}`,
    ...change.restarts.map((why) => `  RESTARTS EVERY DATABASE: ${why}`),
    ...change.images.gone.map((image) => `  image gone:  ${image}`),
    ...change.images.added.map((image) => `  image added: ${image}`),
    ...change.objects.flatMap(({ object, kind, fields }) => [
      `  ${kind} ${object}`,
      ...fields.slice(0, FIELDS).map((field) => `    ${describeField(field)}`),
      ...(fields.length > FIELDS ? [`    and ${fields.length - FIELDS} more fields`] : []),
    ]),
    ...(change.objects.length === 0 ? ["  no object changes"] : []),
    ...(change.relabelled > 0 ? [`  ${change.relabelled} more in the labels of their version alone`] : []),
  ];
}

function describeField({ path, from, to }: FieldChange): string {
  if (from === undefined && to === undefined) return `${path}: (not shown)`;
  return `${path}: ${show(from)} -> ${show(to)}`;
}

function show(value: Json | undefined): string {
  if (value === undefined) return "nothing";
  const text = JSON.stringify(value);
  const lines = typeof value === "string" ? value.split("\n").length : 1;
  if (lines > 1) return `${lines} lines`;
  return text.length <= SHOWN ? text : `${text.slice(0, SHOWN)}…`;
}
