import { serveProvider } from "../shared/main";
import { providerVersion } from "../versions";
import { dockerProvider } from "./definition";

serveProvider(dockerProvider(providerVersion("docker")));
