import type { ComponentResourceOptions } from "@pulumi/pulumi";
import { StorageClass } from "@pulumi/kubernetes/storage/v1/storageClass";

import { standardLabels } from "../core/labels";
import { StackComponent } from "../core/stack-component";

/** The class that spec 004 puts databases and caches on. */
const FAST_SSD = "fast-ssd";

export interface StorageClassesArgs {
  /** The driver that makes the volumes, for instance `ebs.csi.aws.com`. */
  readonly provisioner: string;
  /** What the driver is told: the kind of disk, encryption. @default the driver's own choice */
  readonly parameters?: Readonly<Record<string, string>>;
}

/**
 * The class `fast-ssd`, where the cluster does not bring one.
 *
 * - A volume is made where its pod is scheduled (`WaitForFirstConsumer`): made earlier, it can end up in a zone without room for the pod.
 * - It can grow, which a database does before it is full.
 * - It outlives its claim (`Retain`): whoever deletes a claim by mistake has lost a binding and no data. The price is that released
 *   volumes stay, and cost, until somebody deletes them.
 *
 * The trap: driver and parameters of a class can never change. Changing them replaces the class, which concerns new volumes only:
 * those that exist stay what they are, and a disk that was not encrypted stays so.
 *
 * @example new StorageClasses("storage", { provisioner: "ebs.csi.aws.com", parameters: { type: "gp3", encrypted: "true" } }, options)
 */
export class StorageClasses extends StackComponent {
  constructor(name: string, args: StorageClassesArgs, options?: ComponentResourceOptions) {
    super("cluster", name, options);

    this.createClass(args);

    this.registerOutputs({ fastSsd: FAST_SSD });
  }

  private createClass({ provisioner, parameters = {} }: StorageClassesArgs): void {
    new StorageClass(
      `${this.name}-${FAST_SSD}`,
      {
        metadata: { name: FAST_SSD, labels: standardLabels({ name: FAST_SSD, component: "storage" }) },
        provisioner,
        ...(Object.keys(parameters).length === 0 ? {} : { parameters: { ...parameters } }),
        volumeBindingMode: "WaitForFirstConsumer",
        allowVolumeExpansion: true,
        reclaimPolicy: "Retain",
      },
      this.child(),
    );
  }
}
