import assert from "node:assert/strict";
import { drawSystem, illustrated, pictureIn, putPictureIn } from "../support/diagram";

describe("the picture of the system", () => {
  for (const document of illustrated) {
    it(`in ${document} shows what the program registers`, async () => {
      const picture = await drawSystem();
      if (process.env["UPDATE_GOLDEN"] === "1") putPictureIn(document, picture);
      assert.equal(pictureIn(document), picture, `${document} is stale: UPDATE_GOLDEN=1 npm test -- --unit redraws it`);
    });
  }
});
