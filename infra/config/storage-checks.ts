import { type Check, conflict } from "./check";

const at = ["storage", "class"];

const provisioner: Check = ({ storage }) =>
  storage.class.create && storage.class.provisioner === ""
    ? [
        conflict(
          [...at, "provisioner"],
          undefined,
          "the name of a CSI driver where storage.class.create is true",
          "ebs.csi.aws.com",
          [[...at, "create"]],
        ),
      ]
    : [];

/** EBS encrypts a volume only if it is told to, or if the whole account is set so, which nobody sees from here. */
const encryption: Check = ({ storage }) => {
  const { create, provisioner: driver, parameters } = storage.class;
  if (!create || !/^ebs\.csi\.(aws|eks\.amazonaws)\.com$/.test(driver) || parameters["encrypted"] === "true") return [];
  return [
    conflict(
      [...at, "parameters", "encrypted"],
      parameters["encrypted"],
      '"true": volumes of this driver are not encrypted otherwise',
      "true",
      [
        [...at, "create"],
        [...at, "provisioner"],
      ],
    ),
  ];
};

export const storageChecks: readonly Check[] = [provisioner, encryption];
