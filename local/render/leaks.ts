import { UserError } from "../errors";

/**
 * The last line of defence: a secret of the configuration that a component has put into the open. One that a provider makes
 * cannot get so far, since a preview does not know it.
 *
 * @param placeholder what stands for every secret of the configuration
 * @throws UserError naming the files
 */
export function refuseLeaks(files: ReadonlyMap<string, string>, placeholder: string): void {
  const forms = [placeholder, Buffer.from(placeholder).toString("base64")];
  const leaking = [...files].filter(([, text]) => forms.some((form) => text.includes(form))).map(([file]) => file);
  if (leaking.length === 0) return;
  throw new UserError(
    `A secret of the configuration would stand in the open, and nothing was written: ${leaking.join(", ")}`,
    "keep the value an Output from where it is read to the object (interpolate, apply), and unwrap it nowhere",
  );
}
