import { connect, createServer, type Server, type Socket } from "node:net";

/** An end of a connection: a node by its number, or nobody's, such as a client's. */
export type NodeId = number | "outside";

interface Wire {
  readonly from: NodeId;
  readonly to: number;
  readonly sockets: readonly Socket[];
  /** Begins to carry; for a connection that was opened while the way was cut. */
  readonly start: () => void;
}

/**
 * The network between nodes, on loopback addresses and without any privilege. Every node is called by an address of a relay, and calls
 * from an address of its own, so the relay knows both ends of every connection. A cut way carries nothing and says
 * nothing, as when packets are dropped: connections stay, new ones are never answered, and what was sent arrives once it is healed.
 */
export class Relays {
  readonly #servers: Server[] = [];
  readonly #wires = new Set<Wire>();
  #cut: (from: NodeId, to: number) => boolean = () => false;

  constructor(readonly sourceOf: (address: string) => NodeId) {}

  /** Carries what comes to `at` to `to`, which is node `node`. */
  async carry(node: number, at: { host: string; port: number }, to: { host: string; port: number }): Promise<void> {
    const server = createServer({ allowHalfOpen: false }, (incoming) => {
      this.#accept(node, incoming, to);
    });
    this.#servers.push(server);
    await new Promise<void>((resolve, reject) => {
      server.once("error", reject);
      server.listen(at.port, at.host, resolve);
    });
  }

  /** Cuts every way that `isCut` names, and heals all others. */
  cut(isCut: (from: NodeId, to: number) => boolean): void {
    this.#cut = isCut;
    for (const wire of this.#wires) {
      if (isCut(wire.from, wire.to)) for (const socket of wire.sockets) socket.pause();
      else wire.start();
    }
  }

  heal(): void {
    this.cut(() => false);
  }

  close(): void {
    for (const server of this.#servers) server.close();
    for (const { sockets } of this.#wires) for (const socket of sockets) socket.destroy();
  }

  #accept(node: number, incoming: Socket, to: { host: string; port: number }): void {
    const from = this.sourceOf(incoming.remoteAddress ?? "");
    const sockets = [incoming];
    incoming.pause();
    incoming.setNoDelay();
    const destroy = () => {
      this.#wires.delete(wire);
      for (const socket of sockets) socket.destroy();
    };
    const start = () => {
      if (sockets.length > 1) {
        for (const socket of sockets) socket.resume();
        return;
      }
      const outgoing = connect(to);
      outgoing.setNoDelay();
      sockets.push(outgoing);
      outgoing.on("error", destroy);
      outgoing.on("close", destroy);
      outgoing.on("data", (chunk) => incoming.write(chunk));
      incoming.on("data", (chunk) => outgoing.write(chunk));
      incoming.resume();
    };
    const wire: Wire = { from, to: node, sockets, start };
    incoming.on("error", destroy);
    incoming.on("close", destroy);
    this.#wires.add(wire);
    if (!this.#cut(from, node)) start();
  }
}
