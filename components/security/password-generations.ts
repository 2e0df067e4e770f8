/** The names under which three generations of a password are known: the current one, the last and the next. */
export type OverlappingName<Name extends string> = Name | `${Name}Previous` | `${Name}Next`;

interface Generation<Name extends string> {
  readonly key: OverlappingName<Name>;
  /** What tells the resource that holds it from its two siblings; it is the same through all of a generation's life. */
  readonly slot: "" | "-b" | "-c";
  readonly generation: number;
}

const slots = ["-c", "", "-b"] as const;

/**
 * The three generations of a password at a rotation. Three resources hold them in turn: a rotation makes the oldest anew and leaves
 * the others as they are, so that what was the next password becomes the current one, and that the last.
 *
 * It makes a rotation that reaches clients and servers one after the other, in any order, go unnoticed: a server accepts all
 * three, so whichever of the two is ahead by one, it knows the other's. The price: a password is refused only after the second rotation.
 */
export function generationsOf<Name extends string>(name: Name, rotation: number): readonly Generation<Name>[] {
  const keys = [`${name}Previous`, name, `${name}Next`] as const;
  return keys.map((key, index) => {
    const generation = rotation - 1 + index;
    return { key, generation, slot: slots[generation % slots.length] ?? "" };
  });
}
