import type { AwsResource } from "./table";

// Sources of `replaceOn`: ForceNew of each resource's schema in the Terraform AWS provider 6, which @pulumi/aws 7 bridges.

export const EC2: Readonly<Record<string, AwsResource>> = {
  "aws:ec2/vpc:Vpc": {
    replaceOn: ["cidrBlock", "ipv4IpamPoolId", "ipv4NetmaskLength", "instanceTenancy"],
    id: (c) => `vpc-${c.hex(17)}`,
    outputs: (c) => ({
      arn: c.arn("ec2", `vpc/${c.id}`),
      ownerId: c.account,
      instanceTenancy: "default",
      enableDnsSupport: true,
      enableDnsHostnames: false,
      enableNetworkAddressUsageMetrics: false,
      mainRouteTableId: `rtb-${c.hex(17, "main")}`,
      defaultRouteTableId: `rtb-${c.hex(17, "main")}`,
      defaultNetworkAclId: `acl-${c.hex(17)}`,
      defaultSecurityGroupId: `sg-${c.hex(17, "default")}`,
      dhcpOptionsId: `dopt-${c.hex(17)}`,
      ipv6CidrBlock: "",
    }),
  },
  "aws:ec2/subnet:Subnet": {
    required: ["vpcId"],
    replaceOn: ["vpcId", "cidrBlock", "availabilityZone", "availabilityZoneId", "ipv6Native", "outpostArn"],
    id: (c) => `subnet-${c.hex(17)}`,
    outputs: (c) => ({
      arn: c.arn("ec2", `subnet/${c.id}`),
      ownerId: c.account,
      availabilityZone: `${c.region}a`,
      availabilityZoneId: "",
      mapPublicIpOnLaunch: false,
      assignIpv6AddressOnCreation: false,
      privateDnsHostnameTypeOnLaunch: "ip-name",
    }),
  },
  "aws:ec2/routeTable:RouteTable": {
    required: ["vpcId"],
    replaceOn: ["vpcId"],
    id: (c) => `rtb-${c.hex(17)}`,
    outputs: (c) => ({ arn: c.arn("ec2", `route-table/${c.id}`), ownerId: c.account, routes: [], propagatingVgws: [] }),
  },
  "aws:ec2/route:Route": {
    required: ["routeTableId"],
    replaceOn: ["routeTableId", "destinationCidrBlock", "destinationIpv6CidrBlock", "destinationPrefixListId"],
    tagged: false,
    id: (c) => `r-${c.text("routeTableId")}${c.hex(10)}`,
    outputs: () => ({ origin: "CreateRoute", state: "active", instanceId: "", instanceOwnerId: "" }),
  },
  "aws:ec2/routeTableAssociation:RouteTableAssociation": {
    required: ["routeTableId"],
    replaceOn: ["subnetId", "gatewayId"],
    tagged: false,
    id: (c) => `rtbassoc-${c.hex(17)}`,
  },
  "aws:ec2/internetGateway:InternetGateway": {
    id: (c) => `igw-${c.hex(17)}`,
    outputs: (c) => ({ arn: c.arn("ec2", `internet-gateway/${c.id}`), ownerId: c.account, vpcId: "" }),
  },
  "aws:ec2/natGateway:NatGateway": {
    replaceOn: ["allocationId", "subnetId", "connectivityType", "privateIp", "vpcId", "availabilityMode"],
    id: (c) => `nat-${c.hex(17)}`,
    outputs: (c) => ({
      connectivityType: "public",
      associationId: `eipassoc-${c.hex(17)}`,
      networkInterfaceId: `eni-${c.hex(17)}`,
      privateIp: "10.0.0.1",
      publicIp: address(c.hex(6)),
    }),
  },
  "aws:ec2/eip:Eip": {
    replaceOn: ["domain", "publicIpv4Pool", "networkBorderGroup", "customerOwnedIpv4Pool", "address"],
    id: (c) => `eipalloc-${c.hex(17)}`,
    outputs: (c) => ({
      arn: c.arn("ec2", `elastic-ip/${c.id}`),
      allocationId: c.id,
      associationId: "",
      domain: "vpc",
      publicIp: address(c.hex(6)),
      publicDns: `ec2-${address(c.hex(6)).replaceAll(".", "-")}.${c.region}.compute.amazonaws.com`,
      publicIpv4Pool: "amazon",
      networkBorderGroup: c.region,
    }),
  },
  "aws:ec2/securityGroup:SecurityGroup": {
    replaceOn: ["vpcId", "name", "namePrefix", "description"],
    autoName: { property: "name", maxLength: 255 },
    id: (c) => `sg-${c.hex(17)}`,
    outputs: (c) => ({
      arn: c.arn("ec2", `security-group/${c.id}`),
      ownerId: c.account,
      description: "Managed by Pulumi",
      ingress: [],
      egress: [],
      vpcId: "",
    }),
  },
  "aws:vpc/securityGroupIngressRule:SecurityGroupIngressRule": securityGroupRule("Ingress"),
  "aws:vpc/securityGroupEgressRule:SecurityGroupEgressRule": securityGroupRule("Egress"),
  "aws:ec2/flowLog:FlowLog": {
    replaceOn: [
      "vpcId",
      "subnetId",
      "eniId",
      "trafficType",
      "logDestination",
      "logDestinationType",
      "logFormat",
      "iamRoleArn",
      "maxAggregationInterval",
      "destinationOptions",
    ],
    id: (c) => `fl-${c.hex(17)}`,
    outputs: (c) => ({
      arn: c.arn("ec2", `vpc-flow-log/${c.id}`),
      logDestinationType: "cloud-watch-logs",
      maxAggregationInterval: 600,
    }),
  },
  "aws:ec2/vpcEndpoint:VpcEndpoint": {
    required: ["vpcId"],
    replaceOn: ["vpcId", "serviceName", "vpcEndpointType", "resourceConfigurationArn", "serviceNetworkArn"],
    id: (c) => `vpce-${c.hex(17)}`,
    outputs: (c) => ({
      arn: c.arn("ec2", `vpc-endpoint/${c.id}`),
      ownerId: c.account,
      state: "available",
      vpcEndpointType: "Gateway",
      prefixListId: `pl-${c.hex(8)}`,
      dnsEntries: [{ dnsName: `${c.id}.${c.text("serviceName")}.vpce.amazonaws.com`, hostedZoneId: `Z${c.hex(13)}` }],
      networkInterfaceIds: [`eni-${c.hex(17)}`],
      cidrBlocks: [],
      requesterManaged: false,
    }),
  },
};

function securityGroupRule(direction: "Ingress" | "Egress"): AwsResource {
  return {
    required: ["securityGroupId", "ipProtocol"],
    replaceOn: ["securityGroupId"],
    id: (c) => `sgr-${c.hex(17)}`,
    outputs: (c) => ({
      arn: c.arn("ec2", `security-group-rule/${c.id}`),
      securityGroupRuleId: c.id,
      description: `${direction} rule`,
    }),
  };
}

/** An address of 198.51.100.0/24 or its like: RFC 5737 keeps it for documentation, so nothing ever answers there. */
function address(hex: string): string {
  const network = parseInt(hex.slice(0, 1), 16) % 3;
  return `${["192.0.2", "198.51.100", "203.0.113"][network] ?? "192.0.2"}.${parseInt(hex.slice(1, 3), 16)}`;
}
