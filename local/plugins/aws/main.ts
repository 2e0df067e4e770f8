import { serveProvider } from "../shared/main";
import { providerVersion } from "../versions";
import { awsProvider } from "./definition";

serveProvider(awsProvider(providerVersion("aws")));
