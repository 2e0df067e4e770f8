import type { EngineEvent, OpMap } from "@pulumi/pulumi/automation";
import type { Step } from "../progress";

/** What an engine run did, in a form that a person or a machine can read: names and counts, never values. */
export interface RunDigest {
  /** How many resources were created, updated, replaced, deleted, left as they are. */
  readonly changes: Readonly<OpMap>;
  /** Errors in the order in which they came, each with the resource it is about. */
  readonly errors: readonly { readonly urn: string | undefined; readonly message: string }[];
}

/** `Deployment monitoring-web-service-blue` of a URN. */
export function describeUrn(urn: string): string {
  const [, , types = "", ...name] = urn.split("::");
  const type = types.split("$").pop() ?? types;
  return `${type.split(":").pop() ?? type} ${name.join("::")}`;
}

const verbs: Readonly<Record<string, string>> = {
  create: "creating",
  update: "updating",
  replace: "replacing",
  "create-replacement": "replacing",
  delete: "deleting",
  "delete-replaced": "deleting the replaced",
  read: "reading",
  refresh: "reading",
  import: "importing",
};

/**
 * Follows a run's events: shows each in `step` and collects the digest.
 *
 * @param note takes what has to stay on the screen: why something is not ready yet, or cannot be deleted
 */
export function createEventFollower(
  step: Step,
  note: (text: string) => void,
): { onEvent(event: EngineEvent): void; digest(): RunDigest } {
  const errors: { urn: string | undefined; message: string }[] = [];
  let changes: OpMap = {};
  let finished = 0;
  const running = new Map<string, string>();

  const show = (text: string) => {
    step.update(`${finished} done, ${text}`);
  };
  const finish = (urn: string) => {
    if (running.delete(urn)) finished += 1;
  };

  return {
    onEvent(event) {
      if (event.resourcePreEvent !== undefined) {
        const { op, urn } = event.resourcePreEvent.metadata;
        const verb = verbs[op];
        if (verb !== undefined) {
          running.set(urn, verb);
          show(`${verb} ${describeUrn(urn)}`);
        }
      }
      if (event.resOutputsEvent !== undefined) finish(event.resOutputsEvent.metadata.urn);
      if (event.resOpFailedEvent !== undefined) finish(event.resOpFailedEvent.metadata.urn);
      if (event.diagnosticEvent !== undefined) {
        const { urn, severity, message } = event.diagnosticEvent;
        const text = plain(message);
        const line = about(urn, firstLine(text));
        if (severity === "error") {
          errors.push({ urn: urn === "" ? undefined : urn, message: text });
          // Said in full at the end; the engine may still wait a while for what it has begun.
          show(`failed: ${line}`);
        } else if (severity === "warning" && text !== "") note(`  ${line}`);
        // The rest is "debug", which is about the engine's insides.
        else if (severity.startsWith("info") && text !== "") show(line);
      }
      if (event.summaryEvent !== undefined) {
        changes = event.summaryEvent.resourceChanges;
      }
    },
    digest: () => ({ changes, errors }),
  };
}

/** The engine marks colours as `<{%reset%}>` in events. */
function plain(message: string): string {
  return message.replaceAll(/<\{%[^%]*%\}>/g, "").trim();
}

function firstLine(text: string): string {
  return text.split("\n", 1)[0] ?? "";
}

/** A message with what it is about before it, unless it says so itself. */
function about(urn: string | undefined, message: string): string {
  if (urn === undefined || urn === "") return message;
  const what = describeUrn(urn);
  return message.startsWith(`${what.split(" ", 1)[0] ?? ""} "`) ? message : `${what}: ${message}`;
}

/** `3 created, 1 updated, 20 unchanged`; of a preview `3 to create, 1 to update, 20 unchanged`. */
export function describeChanges(changes: Readonly<OpMap>, planned = false): string {
  const words: readonly (readonly [keyof OpMap, string])[] = [
    ["create", planned ? "to create" : "created"],
    ["update", planned ? "to update" : "updated"],
    ["replace", planned ? "to replace" : "replaced"],
    ["delete", planned ? "to delete" : "deleted"],
    ["same", "unchanged"],
  ];
  const parts = words.flatMap(([op, word]) => {
    const count = changes[op] ?? 0;
    return count > 0 ? [`${count} ${word}`] : [];
  });
  return parts.length === 0 ? "nothing to do" : parts.join(", ");
}
