import { UserError } from "../errors";

/** Shorter texts are found by chance (characters). */
const SECRET_LENGTH = 8;

/**
 * The last line of defence: what a provider called secret, and a component has put into the open.
 *
 * @throws UserError naming the files; never the secret
 */
export function refuseLeaks(files: ReadonlyMap<string, string>, secrets: readonly string[]): void {
  const forms = secrets
    .filter(({ length }) => length >= SECRET_LENGTH)
    .flatMap((value) => [value, Buffer.from(value).toString("base64")]);
  const leaking = [...files].filter(([, text]) => forms.some((form) => text.includes(form))).map(([file]) => file);
  if (leaking.length === 0) return;
  throw new UserError(
    `A secret would stand in the open, and nothing was written: ${leaking.join(", ")}`,
    "keep the value an Output from where it is made to the object (interpolate, apply), and unwrap it nowhere",
  );
}
