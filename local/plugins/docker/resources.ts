import { createHash } from "node:crypto";
import { existsSync } from "node:fs";

import type { CheckFailure, ResourceContext, ResourceKind } from "../shared/resource-kind";
import type { PlainProperties, Properties } from "../shared/values";
import { buildDigest } from "./context-hash";

function objectOf(value: unknown): Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value) ? { ...value } : {};
}

function textOf(value: unknown, otherwise: string): string {
  return typeof value === "string" && value !== "" ? value : otherwise;
}

/** `registry:5000/team/app:1.2@sha256:…` without tag and digest. */
export function repositoryOf(image: string): string {
  return image.replace(/@.*$/, "").replace(/:[^:/]+$/, "");
}

function digestOf(text: string): string {
  return `sha256:${createHash("sha256").update(text).digest("hex")}`;
}

function imageOutputs({ inputs }: ResourceContext<undefined>): Properties {
  const imageName = textOf(inputs["imageName"], "");
  const build = objectOf(inputs["build"]);
  const context = textOf(build["context"], ".");
  const dockerfile = textOf(build["dockerfile"], "Dockerfile");
  const { args, target, platform } = build;
  const digest = buildDigest(context, dockerfile, { args, target, platform, dockerfile });
  return {
    baseImageName: imageName,
    context,
    dockerfile,
    platform: textOf(platform, ""),
    registryServer: textOf(objectOf(inputs["registry"])["server"], ""),
    repoDigest: `${repositoryOf(imageName)}@${digest}`,
  };
}

function checkImage(inputs: PlainProperties): readonly CheckFailure[] {
  const build = objectOf(inputs["build"]);
  const { context } = build;
  if (typeof context !== "string" || /^(https?|git|ssh):/.test(context) || existsSync(context)) return [];
  return [{ property: "build.context", reason: `the folder ${context} does not exist` }];
}

/** The digest is the hash of the build context: real enough to roll pods when a source file changes. */
const image: ResourceKind<undefined> = {
  required: ["imageName"],
  replaceOn: [],
  secrets: [],
  check: checkImage,
  computed: () => ["baseImageName", "context", "dockerfile", "platform", "registryServer", "repoDigest"],
  create: (context) => ({ id: textOf(context.inputs["imageName"], ""), outputs: imageOutputs(context) }),
  update: (context) => imageOutputs(context),
};

const registryImage: ResourceKind<undefined> = {
  required: ["name"],
  replaceOn: ["name", "buildImage", "keepRemotely", "insecureSkipVerify", "triggers"],
  computed: () => ["sha256Digest"],
  create({ inputs }) {
    const sha256Digest = digestOf(`${textOf(inputs["name"], "")} ${JSON.stringify(inputs["triggers"] ?? {})}`);
    return { id: sha256Digest, outputs: { sha256Digest } };
  },
};

const remoteImage: ResourceKind<undefined> = {
  required: ["name"],
  replaceOn: ["name", "build", "platform", "pullTriggers", "triggers"],
  computed: () => ["imageId", "repoDigest"],
  create({ inputs }) {
    const name = textOf(inputs["name"], "");
    const imageId = digestOf(
      `${name} ${JSON.stringify([inputs["build"], inputs["triggers"], inputs["pullTriggers"]])}`,
    );
    return { id: `${imageId}${name}`, outputs: { imageId, repoDigest: `${repositoryOf(name)}@${imageId}` } };
  },
};

/** What the stand-in of the docker provider records. */
export const DOCKER_RESOURCES: Readonly<Record<string, ResourceKind<undefined>>> = {
  "docker:index/image:Image": image,
  "docker:index/registryImage:RegistryImage": registryImage,
  "docker:index/remoteImage:RemoteImage": remoteImage,
};
