import { parseAllDocuments } from "yaml";
import { OperationError } from "./outcome";
import { isObject, list, text, type Json, type JsonObject } from "./properties";
import type { Session } from "./session";
import { withNamespace } from "./objects";

/** Answers a function of the package. */
export async function invoke(session: Session, token: string, args: JsonObject): Promise<JsonObject> {
  if (token === "kubernetes:yaml:decode") {
    return { result: await decode(session, text(args, "text") ?? "", text(args, "defaultNamespace") ?? "") };
  }
  throw new OperationError(
    `${token} is not supported by the stand-in provider, which renders no charts and no kustomizations.`,
  );
}

async function decode(session: Session, content: string, defaultNamespace: string): Promise<Json[]> {
  const documents = parseAllDocuments(content);
  const objects: JsonObject[] = [];
  for (const document of documents) {
    const [fault] = document.errors;
    if (fault !== undefined) throw new OperationError(`the YAML cannot be read: ${fault.message}`);
    const value = document.toJS() as Json;
    if (isObject(value)) objects.push(...expand(value));
  }
  return Promise.all(
    objects.map(async (item) => {
      if (defaultNamespace === "" || text(item, "metadata", "namespace") !== undefined) return item;
      const namespaced = await session.cluster.isNamespaced(text(item, "apiVersion") ?? "", text(item, "kind") ?? "");
      return namespaced === false ? item : withNamespace(item, defaultNamespace);
    }),
  );
}

function expand(item: JsonObject): JsonObject[] {
  return text(item, "kind")?.endsWith("List") === true && Array.isArray(item["items"])
    ? list(item, "items").filter(isObject).flatMap(expand)
    : [item];
}
