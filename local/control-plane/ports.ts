import { createServer } from "node:net";
import { z } from "zod";
import { ExitCode, UserError } from "../errors";
import { isErrno } from "./files";
import { describeHolder } from "./port-holder";

/** Where each part listens, on 127.0.0.1 only. */
export const portTable = z.object({
  apiServer: z.int().min(1).max(65535),
  etcd: z.int().min(1).max(65535),
  etcdPeer: z.int().min(1).max(65535),
  controllerManager: z.int().min(1).max(65535),
  scheduler: z.int().min(1).max(65535),
  kwok: z.int().min(1).max(65535),
});

export type PortTable = z.infer<typeof portTable>;
export type PortName = keyof PortTable;

export const portNames = portTable.keyof().options;

export const loopback = "127.0.0.1";

/**
 * Where free ports are looked for: above the well-known services, below the range that Linux and macOS give to outgoing
 * connections, so that no connection takes a port of ours while the environment is down.
 */
const FIRST = 20_000;
const LAST = 32_000;

const LABELS: Readonly<Record<PortName, string>> = {
  apiServer: "the Kubernetes API server",
  etcd: "etcd",
  etcdPeer: "etcd's peers",
  controllerManager: "the controller manager",
  scheduler: "the scheduler",
  kwok: "kwok",
};

/** Free ports for what `fixed` does not name, different from each other. */
export async function choosePorts(fixed: Partial<PortTable> = {}): Promise<PortTable> {
  const chosen = new Map<PortName, number>();
  const taken = new Set(Object.values(fixed));
  for (const name of portNames) {
    const port = fixed[name] ?? (await freePort(taken));
    taken.add(port);
    chosen.set(name, port);
  }
  return portTable.parse(Object.fromEntries(chosen));
}

async function freePort(taken: ReadonlySet<number>): Promise<number> {
  // Two environments that choose at the same time rarely start looking at the same place.
  const start = Math.floor(Math.random() * (LAST - FIRST));
  for (let step = 0; step < LAST - FIRST; step++) {
    const port = FIRST + ((start + step) % (LAST - FIRST));
    if (!taken.has(port) && (await isFree(port))) return port;
  }
  throw new UserError(
    `No free port between ${FIRST} and ${LAST} on ${loopback}`,
    "end some of the programs that listen there and run the command again",
    ExitCode.refused,
  );
}

/** Whether a process of ours could listen on `port` now. */
export async function isFree(port: number): Promise<boolean> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once("error", (error) => {
      if (isErrno(error, "EADDRINUSE", "EACCES")) resolve(false);
      else reject(error);
    });
    server.listen({ host: loopback, port, exclusive: true }, () => {
      server.close(() => {
        resolve(true);
      });
    });
  });
}

/**
 * Fails with the first port in `names` that another process has.
 *
 * @throws UserError naming the port, what needs it, who has it, and how to go on
 */
export async function requireFree(ports: PortTable, names: readonly PortName[]): Promise<void> {
  for (const name of names) {
    const port = ports[name];
    if (await isFree(port)) continue;
    const holder = await describeHolder(port);
    throw new UserError(
      `Port ${port} on ${loopback}, which ${LABELS[name]} needs, is taken by ${holder}`,
      name === "apiServer"
        ? "end that process, or choose another port: npm run local -- up --port NUMBER"
        : "end that process, or let the environment choose other ports: npm run local -- up --new-ports",
      ExitCode.refused,
    );
  }
}
