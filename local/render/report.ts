import type { ObjectName } from "./manifests";
import { describeSkip, type Finding, type Verdict } from "./referees";
import { RELEASES_FILE } from "./releases";
import type { Render } from "./render";

interface Written extends Render {
  readonly folder: string;
}

/** How many objects are named before the rest is only counted. */
const NAMED = 3;

/** What was written, for a person. */
export function describeRender({ stack, folder, manifests, releases }: Written): readonly string[] {
  const listed =
    releases.length === 0 ? "" : ` (and ${count(releases.length, "Helm release")} listed in ${RELEASES_FILE})`;
  return [`${stack}: ${count(manifests.length, "object")} in ${folder}${listed}`];
}

/** A verdict for a person: what failed by check, then every skip with its reason. */
export function describeVerdict({ failed, skipped, stale, absent }: Verdict): readonly string[] {
  const excused = skipped.reduce((sum, { findings }) => sum + findings.length, 0);
  return [
    ...grouped(failed).flatMap(([title, findings]) => [
      `FAILED  ${title}`,
      ...findings.map(({ stack, object, says }) => `        ${stack}: ${describeObject(object)}: ${says}`),
    ]),
    ...stale.map((skip) => `STALE   ${describeSkip(skip)}: it excuses nothing any more`),
    ...skipped.flatMap(({ skip, findings }) => [
      `skipped ${skip.referee} ${skip.check}: ${few(findings)}`,
      `        because ${skip.reason}`,
    ]),
    ...absent.map(({ message }) => `ABSENT  ${message}`),
    `${failed.length} failed, ${excused} skipped for ${count(skipped.length, "reason")}`,
  ];
}

/** The same for a program. */
export function toJson(renders: readonly Written[], verdict: Verdict | undefined): string {
  const stacks = renders.map(({ stack, folder, manifests, releases }) => [
    stack,
    {
      folder,
      objects: manifests.map(({ apiVersion, kind, namespace, name, file }) => ({
        apiVersion,
        kind,
        namespace,
        name,
        file,
      })),
      releases: releases.map(({ name, namespace, chart, version, repository }) => ({
        name,
        namespace,
        chart,
        version,
        repository,
      })),
    },
  ]);
  const finding = ({ referee, check, says, stack, object }: Finding) => ({
    referee,
    check,
    says,
    stack,
    file: object.file,
  });
  const judged =
    verdict === undefined
      ? {}
      : {
          failed: verdict.failed.map(finding),
          skipped: verdict.skipped.flatMap(({ skip, findings }) =>
            findings.map((one) => ({ ...finding(one), reason: skip.reason })),
          ),
          stale: verdict.stale.map(describeSkip),
          absent: verdict.absent.map(({ message }) => message),
        };
  return JSON.stringify({ stacks: Object.fromEntries(stacks) as unknown, ...judged }, undefined, 2);
}

function grouped(findings: readonly Finding[]): readonly (readonly [string, readonly Finding[]])[] {
  const groups = new Map<string, Finding[]>();
  for (const finding of findings) {
    const title = `${finding.referee} ${finding.check}`;
    groups.set(title, [...(groups.get(title) ?? []), finding]);
  }
  return [...groups].sort(([a], [b]) => (a < b ? -1 : 1));
}

function few(findings: readonly Finding[]): string {
  const names = [...new Set(findings.map(({ stack, object }) => `${stack}: ${describeObject(object)}`))];
  const left = names.length - NAMED;
  return [...names.slice(0, NAMED), ...(left > 0 ? [`and ${left} more`] : [])].join(", ");
}

function describeObject({ kind, namespace, name }: ObjectName): string {
  return namespace === undefined ? `${kind} ${name}` : `${kind} ${namespace}/${name}`;
}

function count(number: number, what: string): string {
  return `${number} ${what}${number === 1 ? "" : "s"}`;
}
