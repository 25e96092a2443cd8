/** Who gives metrics of a family, for the words of a finding. */
const SOURCES: readonly (readonly [prefix: string, source: string])[] = [
  ['container_', 'cAdvisor (the kubelet’s /metrics/cadvisor)'],
  ['machine_', 'cAdvisor (the kubelet’s /metrics/cadvisor)'],
  ['kube_', 'kube-state-metrics'],
  ['kubelet_', 'the kubelet'],
  ['apiserver_', 'the Kubernetes API server'],
  ['node_', 'the node exporter (Binnacle’s host collector gives the same)'],
  ['windows_', 'the Windows exporter'],
  ['redis_', 'the Redis exporter'],
  ['pg_', 'the PostgreSQL exporter'],
  ['mysql_', 'the MySQL exporter'],
  ['mongodb_', 'the MongoDB exporter'],
  ['nvidia_', 'a GPU exporter'],
  ['DCGM_', 'the DCGM exporter'],
  ['probe_', 'the blackbox exporter'],
  ['istio_', 'Istio'],
  ['envoy_', 'Envoy'],
  ['rabbitmq_', 'RabbitMQ'],
  ['kafka_', 'a Kafka exporter'],
  ['elasticsearch_', 'the Elasticsearch exporter'],
  ['nginx_', 'an nginx exporter'],
  ['haproxy_', 'HAProxy'],
  ['aws_', 'a CloudWatch exporter'],
]

export type Source = { readonly prefix: string; readonly name: string }

export function sourceOf(metric: string): Source | undefined {
  const found = SOURCES.find(([prefix]) => metric.startsWith(prefix))
  return found && { prefix: found[0], name: found[1] }
}

/**
 * Metrics that an exporter gives on some machines only: where there is such hardware, or where the part of it that
 * reads them is switched on. While the exporter itself is here, their absence is no mistake of the rule.
 * Source: the node exporter's README, "Collectors".
 */
const SOMETIMES: readonly { readonly metric: RegExp; readonly beside: string; readonly when: string }[] = [
  {
    metric:
      /^node_(md|bonding|edac|hwmon|zfs|nfs|nfsd|infiniband|ipvs|drbd|thermal|cooling|power_supply|rapl|btrfs|xfs|bcachefs|tape|fibrechannel|nvme|dmi|pressure|nf_conntrack|disk|cpu_core|cpu_package|cpu_scaling|cpu_frequency|schedstat|softnet|timex|filesystem|memory_numa)_/,
    beside: 'node_',
    when: 'the machine has such hardware, or its kernel tells of it',
  },
  {
    metric:
      /^node_(systemd|ethtool|processes|ntp|wifi|supervisord|runit|tcp|perf|logind|interrupts|mountstats|ksmd|qdisc|sysctl|slabinfo|zoneinfo|textfile|cgroups|swap)_/,
    beside: 'node_',
    when: 'that collector of the node exporter is switched on',
  },
  { metric: /^node_vmstat_/, beside: 'node_', when: 'the kernel tells of it' },
  { metric: /^process_(max_fds|open_fds|network_)/, beside: 'process_', when: 'the system tells of it' },
]

/** When a metric that is not there would be, although its exporter is here. */
export function givenWhen(metric: string, hasPrefix: (prefix: string) => boolean): string | undefined {
  return SOMETIMES.find((one) => one.metric.test(metric) && hasPrefix(one.beside))?.when
}

/** Names of the same thing in different libraries. */
const SAME: readonly (readonly string[])[] = [
  ['status', 'status_code', 'code', 'http_status', 'http_status_code', 'response_code'],
  ['path', 'route', 'endpoint', 'handler', 'uri', 'url', 'http_route', 'resource'],
  ['service', 'app', 'application', 'service_name', 'job'],
  ['method', 'http_method', 'verb', 'request_method'],
  ['user_tier', 'plan_type', 'tier', 'plan'],
  ['instance', 'host', 'hostname', 'node', 'nodename'],
  ['pod', 'pod_name', 'kubernetes_pod_name'],
  ['namespace', 'kubernetes_namespace', 'kube_namespace', 'exported_namespace'],
  ['container', 'container_name'],
  ['env', 'environment', 'stage'],
  ['user_role', 'role'],
  ['size', 'model_size'],
  ['device', 'disk', 'interface'],
  ['le', 'quantile'],
]

/** The name among `known` that means the same as a label that is not there. */
export function synonymOf(label: string, known: ReadonlySet<string>): string | undefined {
  const group = SAME.find((names) => names.includes(label))
  return group?.find((name) => name !== label && known.has(name))
}
