import type { ErrorKind } from './binnacle-error.ts'

/** One error as a user meets it. */
export type CatalogueEntry = {
  /** Several where the content decides; `bug` is what nobody expected: the log has it with its stack. */
  readonly kind: ErrorKind | 'bug' | readonly ErrorKind[]
  readonly means: string
  readonly todo: string
}

/**
 * Every code of a `BinnacleError`, ordered by area. A code is never used again for something else. A test holds the
 * sources to this table; docs/reference/errors.md is written from it.
 */
export const errorCatalogue = {
  'alert_intake.bad_message': {
    kind: 'input',
    means: 'What another system sent as alerts is not in the format that is expected at that address.',
    todo: 'The error names the field. Look at docs/alert-intake.md for the formats and their addresses.',
  },
  'alert_intake.bad_signature': {
    kind: 'forbidden',
    means: 'An SNS message does not carry a valid signature of Amazon.',
    todo: 'Let SNS post here itself, with raw message delivery off; only for stand-ins set `alert_intake.sns.verify` to false.',
  },
  'alert_intake.bad_token': {
    kind: 'forbidden',
    means: 'A sender of alerts did not bring the token that `alert_intake.token` demands.',
    todo: 'Give the sender the token: as bearer token, as password, or as parameter `token`.',
  },
  'alert_intake.no_certificate': {
    kind: 'unavailable',
    means: 'The certificate with which an SNS message is to be checked cannot be fetched.',
    todo: 'Let this machine reach sns.REGION.amazonaws.com; SNS sends the message again.',
  },
  'alert_intake.not_confirmed': {
    kind: 'unavailable',
    means: 'A subscription to an SNS topic cannot be confirmed.',
    todo: 'Let this machine reach sns.REGION.amazonaws.com, then request the confirmation again in the AWS console.',
  },
  'alert_intake.unknown_topic': {
    kind: 'forbidden',
    means: 'An SNS message comes from a topic that the settings do not name.',
    todo: 'Name its ARN in `alert_intake.sns.topics`.',
  },

  'alerting.alert_missing': {
    kind: 'missing',
    means: 'An alert that was to be acknowledged does not fire now.',
    todo: 'Look at the list of alerts; it may have ended meanwhile.',
  },
  'alerting.bad_acknowledgement': {
    kind: 'input',
    means: 'Name and comment of an acknowledgement are too long.',
    todo: 'Shorten them, or raise `alerting.max_alert_size`.',
  },
  'alerting.bad_alert': {
    kind: 'input',
    means: 'An alert that was sent has no labels, ends before it begins, is too large, or is no valid text.',
    todo: 'The message names each; the good ones of the same request were taken.',
  },
  'alerting.bad_cursor': {
    kind: 'input',
    means: 'The cursor of a list of transitions or notifications was not given out by it.',
    todo: 'Take `next` of the page before as it is.',
  },
  'alerting.bad_filter': {
    kind: 'input',
    means: 'The regular expression for receivers cannot be read.',
    todo: 'Regular expressions are RE2 and match the whole name.',
  },
  'alerting.bad_matcher': {
    kind: 'input',
    means: 'A matcher of a route, an inhibition, a silence or a filter cannot be read.',
    todo: 'Write it as `name="value"`, with `=`, `!=`, `=~` or `!~`; regular expressions are RE2.',
  },
  'alerting.bad_silence': {
    kind: 'input',
    means: 'A silence has no matcher that narrows it, ends before it begins or in the past, or is too large.',
    todo: 'The message says which; `alerting.max_silence_matchers` bounds the matchers.',
  },
  'alerting.not_confirmed': {
    kind: 'unavailable',
    means:
      'The disk did not take a silence, its end, an acknowledgement or its withdrawal within some seconds. It is not in force.',
    todo: 'Look at the disk. The hint says whether it comes into force once the disk answers, or was not made.',
  },
  'alerting.not_recorded': {
    kind: 'unavailable',
    means: 'The disk did not take alerts within some seconds. They are in memory, and people are told of them.',
    todo: 'Look at the disk. Send the alerts again, as Prometheus does by itself, so that they survive a restart.',
  },
  'alerting.overloaded': {
    kind: 'overload',
    means: 'More alerts wait to be taken in, or more silences and acknowledgements to be kept, than may wait.',
    todo: 'Send again after the time that the answer names.',
  },
  'alerting.receiver_missing': {
    kind: 'missing',
    means: 'There is no receiver of this name.',
    todo: 'The hint names those that there are.',
  },
  'alerting.silence_missing': {
    kind: 'missing',
    means: 'There is no silence with this id; ended ones are forgotten after `alerting.retention`.',
    todo: 'Look at the list of silences.',
  },
  'alerting.stopped': {
    kind: 'unavailable',
    means: 'Alerting is starting or stopping.',
    todo: 'Try again.',
  },
  'alerting.too_many_alerts': {
    kind: 'overload',
    means: 'There are as many alerts as `alerting.max_alerts` allows; alerts that are known go on.',
    todo: 'Find out who sends so many, or raise the limit.',
  },
  'alerting.too_many_silences': {
    kind: 'limit',
    means:
      'There are as many silences as `alerting.max_silences` allows; ended ones count until `alerting.retention` has passed.',
    todo: 'Expire what is not needed, or raise the limit.',
  },

  'check.unknown_kind': {
    kind: 'input',
    means: 'The file given to `check` looks neither like binnacle.yml nor like prometheus.yml.',
    todo: 'Check the name of the file; a key such as `listen` or `scrape_configs` tells what it is.',
  },

  'cli.bad_url': {
    kind: 'input',
    means: 'What `--url` names is no address.',
    todo: 'Write it as `http://127.0.0.1:7070`.',
  },
  'cli.cannot_write': {
    kind: 'unavailable',
    means: 'A file that a command was asked to write cannot be written.',
    todo: 'Check the path, and who may write there.',
  },
  'cli.not_reachable': {
    kind: 'unavailable',
    means: 'No Binnacle answers at the address.',
    todo: 'Start it with `binnacle up`, or name its address with `--url`.',
  },
  'cli.unexpected_answer': {
    kind: 'input',
    means: 'Something answers at the address, but not as Binnacle does: another program, or a proxy before it.',
    todo: 'Check the address given with `--url`.',
  },

  'collectors.bad_option': {
    kind: 'input',
    means: 'An option below `collectors.host` cannot be used.',
    todo: 'docs/collectors.md lists the options of the host collector.',
  },

  'config.bad_flag': {
    kind: 'input',
    means: 'A flag of the command line has a value that cannot be used.',
    todo: '`binnacle up --help` shows what it takes.',
  },
  'config.bad_yaml': {
    kind: 'input',
    means: 'The file is no YAML, has the same key twice, or unfolds to too much.',
    todo: 'Correct it at the line and column that the error names.',
  },
  'config.conflict': {
    kind: 'input',
    means: 'Two settings exclude each other.',
    todo: 'Keep one of them.',
  },
  'config.invalid_value': {
    kind: 'input',
    means: 'A setting has a value that cannot be used.',
    todo: 'The error names the place and what may stand there; see also the configuration reference.',
  },
  'config.missing_key': {
    kind: 'input',
    means: 'A key that must be there is not.',
    todo: 'Add it at the place that the error names.',
  },
  'config.secret_file': {
    kind: 'input',
    means: 'A file with a secret cannot be read, or is far too large for one.',
    todo: 'Check the path and who may read it.',
  },
  'config.unknown_key': {
    kind: 'input',
    means: 'Nobody knows this key; most often it is mistyped.',
    todo: 'The error names the nearest known one.',
  },
  'config.unreadable': {
    kind: ['input', 'missing'],
    means: 'A configuration file, or a file that it names, cannot be read.',
    todo: 'Check the path and who may read it.',
  },
  'config.unset_variable': {
    kind: 'input',
    means: 'The configuration names a variable of the environment that is not set.',
    todo: 'Set it, or write `$$` for a plain dollar sign.',
  },

  'discovery.file_too_big': {
    kind: 'limit',
    means: 'A file with targets is larger than Binnacle reads. Its targets of before stay.',
    todo: 'Split it into several files.',
  },
  'discovery.file_unreadable': {
    kind: 'input',
    means: 'A file with targets cannot be read. Its targets of before stay.',
    todo: 'Check the path and who may read it.',
  },

  'engine.access_denied': {
    kind: 'forbidden',
    means: 'The ClickHouse server refuses the user, the password, or what the user may do.',
    todo: 'Check `engine.user` and `engine.password` (or `engine.password_file`); the user must be able to create tables.',
  },
  'engine.bad_block': {
    kind: 'unavailable',
    means: 'An answer of the engine is broken.',
    todo: 'Check what stands between Binnacle and `engine.url`; with the embedded engine this is a bug to report.',
  },
  'engine.canceled': {
    kind: 'unavailable',
    means: 'A query was stopped: its asker has gone, or Binnacle is stopping.',
    todo: 'Nothing.',
  },
  'engine.directory_locked': {
    kind: 'unavailable',
    means: 'Another Binnacle holds the data directory; the error names its process.',
    todo: 'Stop that one, or name another directory with `--data`.',
  },
  'engine.disk_full': {
    kind: 'unavailable',
    means: 'The engine has no room on its disk. What is not acknowledged is tried again.',
    todo: 'Free space on the disk of the data directory, or shorten `retention.metrics`.',
  },
  'engine.memory_limit': {
    kind: 'limit',
    means: 'The engine would have needed more memory for a query than it may use.',
    todo: 'Ask for a shorter time range or fewer series.',
  },
  'engine.newer_schema': {
    kind: 'unavailable',
    means: 'A newer version of Binnacle has used the database.',
    todo: 'Start the newer version again, or use another data directory.',
  },
  'engine.no_embedded': {
    kind: 'unavailable',
    means: 'The embedded engine has no binary for this machine, or it is not installed.',
    todo: 'Set `engine.url` to a ClickHouse server, or run on Linux with glibc or on macOS.',
  },
  'engine.overloaded': {
    kind: 'overload',
    means: 'The engine has more to do than it can: calls wait, or merges are behind inserts.',
    todo: 'Try again later; if it lasts, the disk or the machine is too slow.',
  },
  'engine.query_failed': {
    kind: ['input', 'unavailable'],
    means: 'The engine refused a statement for a reason of its own, which the message quotes.',
    todo: 'With the embedded engine this is a bug to report; at `engine.url` check the version of the server.',
  },
  'engine.result_too_large': {
    kind: 'limit',
    means: 'The engine’s answer would be larger than a query may hold.',
    todo: 'Ask for a shorter time range or fewer series.',
  },
  'engine.rows_limit': {
    kind: 'limit',
    means: 'A query would read more from the engine than it may.',
    todo: 'Ask for a shorter time range or fewer series.',
  },
  'engine.snapshot_failed': {
    kind: 'unavailable',
    means: 'A snapshot could not be made: the message says where it failed. Nothing of it is left.',
    todo: 'Check space and permissions of the data directory; snapshots need a file system with hard links.',
  },
  'engine.snapshot_remote': {
    kind: 'input',
    means: 'A snapshot was asked for, but the data are on the ClickHouse server that `engine.url` names.',
    todo: 'Use `BACKUP` of that server.',
  },
  'engine.start_failed': {
    kind: 'unavailable',
    means: 'The embedded engine ended several times before it answered.',
    todo: 'Look at the lines of the engine host in the log: a full disk, too little memory, damaged files.',
  },
  'engine.stopped': {
    kind: 'unavailable',
    means: 'Binnacle is stopping.',
    todo: 'Ask again once it runs.',
  },
  'engine.timeout': {
    kind: 'limit',
    means: 'The engine did not answer within the time of the query.',
    todo: 'Ask for less, or try again when the engine is less busy.',
  },
  'engine.unavailable': {
    kind: 'unavailable',
    means: 'The engine cannot be reached, or went away in the middle.',
    todo: 'An embedded engine is back within seconds; for another one check `engine.url` and that server.',
  },
  'engine.unknown_type': {
    kind: 'unavailable',
    means: 'The engine sent a column of a type that Binnacle does not read.',
    todo: 'Check the version of the server at `engine.url`; otherwise this is a bug to report.',
  },
  'engine.writer_full': {
    kind: 'overload',
    means: 'So much waits to be written that nothing more is taken.',
    todo: 'Send again later; if it lasts, the disk or the machine is too slow.',
  },
  'engine.writer_stopped': {
    kind: 'unavailable',
    means: 'Binnacle is stopping and takes nothing more in.',
    todo: 'Send again once it runs.',
  },

  'exposition.content_type': {
    kind: 'input',
    means: 'A target answered in a format that Binnacle does not read, or did not say which one. That scrape fails.',
    todo: 'Correct the target, or set `fallback_scrape_protocol` for its job.',
  },
  'exposition.label_limit': {
    kind: 'limit',
    means: 'A series of a target has more labels than `label_limit` of its job. That scrape fails.',
    todo: 'Drop labels by `metric_relabel_configs`, or raise the limit.',
  },
  'exposition.label_name_length_limit': {
    kind: 'limit',
    means: 'A label name of a target is longer than `label_name_length_limit` of its job. That scrape fails.',
    todo: 'Rename it by `metric_relabel_configs`, or raise the limit.',
  },
  'exposition.label_value_length_limit': {
    kind: 'limit',
    means: 'A label value of a target is longer than `label_value_length_limit` of its job. That scrape fails.',
    todo: 'Shorten it by `metric_relabel_configs`, or raise the limit.',
  },
  'exposition.malformed': {
    kind: 'input',
    means: 'What a target serves breaks its format at the line and column that the error names. That scrape fails.',
    todo: 'Correct the target; the Targets page shows what it serves.',
  },
  'exposition.sample_limit': {
    kind: 'limit',
    means: 'A target serves more samples than `sample_limit` of its job. That scrape fails.',
    todo: 'Drop series by `metric_relabel_configs`, or raise the limit.',
  },

  'head.max_bytes': {
    kind: 'limit',
    means: 'There is no memory for another series; those that are known go on.',
    todo: 'Raise `head.max_bytes`, or send fewer series.',
  },

  'http.address_in_use': {
    kind: 'unavailable',
    means: 'Another program listens at the address.',
    todo: 'Stop it, or choose another address with `--listen`.',
  },
  'http.bad_parameter': {
    kind: 'input',
    means: 'A parameter of the request cannot be used.',
    todo: 'The HTTP API reference says what it takes.',
  },
  'http.bad_request': {
    kind: 'input',
    means: 'The request cannot be used.',
    todo: 'The HTTP API reference says what it takes.',
  },
  'http.body_too_large': {
    kind: 'limit',
    means: 'The body of a request is larger than `limits.max_write_size` or `limits.max_form_size`.',
    todo: 'Send it in smaller parts, or raise the limit that the error names.',
  },
  'http.busy': {
    kind: 'overload',
    means: 'The bodies of all requests in flight hold more than `limits.max_buffered_size`.',
    todo: 'Send again later, with fewer requests at a time.',
  },
  'http.cannot_listen': {
    kind: 'unavailable',
    means: 'The system does not let Binnacle listen at the address.',
    todo: 'Choose another address with `--listen`.',
  },
  'http.internal': {
    kind: 'bug',
    means: 'Something that nobody expected.',
    todo: 'Report it with the lines of Binnacle’s log.',
  },
  'http.not_offered': {
    kind: 'unavailable',
    means: 'This API is not offered: it is one of Prometheus that Binnacle has not, or a part that does not run here.',
    todo: 'The HTTP API reference lists those that are.',
  },
  'http.unknown_path': {
    kind: 'missing',
    means: 'There is no such API.',
    todo: 'Check the path.',
  },
  'http.unknown_rule': {
    kind: 'missing',
    means: 'No rule with this id is loaded.',
    todo: 'It was removed or renamed; the page of rules lists those that are loaded.',
  },
  'http.unknown_silence': {
    kind: 'missing',
    means: 'No silence with this id is known to the page.',
    todo: 'It ended so long ago that it is no longer kept, or the address is not whole.',
  },
  'http.unsupported_media_type': {
    kind: 'input',
    means: 'What is pushed is not remote write 1.0 or 2.0 in snappy.',
    todo: 'Let the sender use remote write.',
  },

  'notify.template': {
    kind: ['input', 'limit'],
    means: 'A template of a receiver cannot be parsed, fails with the data of a notification, or met a limit.',
    todo: 'Correct it at the line and column that the error names; `binnacle alert render` shows what it gives.',
  },
  'notify.template_file': {
    kind: 'input',
    means: 'A file of `templates:` cannot be read.',
    todo: 'Check its rights and its size (at most 1 MiB).',
  },

  'promql.execution': {
    kind: 'input',
    means: 'The query is well formed but has no answer on this data, such as two matches where one may be.',
    todo: 'The message says what does not fit; often `on`, `ignoring` or `group_left` is missing.',
  },
  'promql.parse': {
    kind: 'input',
    means: 'The query is no PromQL.',
    todo: 'The error names the place in the query.',
  },

  'query.canceled': {
    kind: 'unavailable',
    means: 'The asker has gone before the answer was there.',
    todo: 'Nothing.',
  },
  'query.max_concurrency': {
    kind: 'overload',
    means: 'Too many queries wait already.',
    todo: 'Try again later, or raise `query.max_concurrency`.',
  },
  'query.max_read_series': {
    kind: 'limit',
    means: 'A federation or a remote read selects more series than `query.max_read_series`.',
    todo: 'Select fewer series, or raise the limit.',
  },
  'query.max_response_bytes': {
    kind: 'limit',
    means:
      'The answer would be larger than `query.max_response_size`. Where that shows only after some MB have been sent, the connection is cut.',
    todo: 'Ask for fewer series, a shorter range or a larger step.',
  },
  'query.max_samples': {
    kind: 'limit',
    means: 'The query would hold more samples than `query.max_samples`.',
    todo: 'Ask for fewer series or a shorter range, or raise the limit.',
  },
  'query.max_steps': {
    kind: 'input',
    means: 'A range query asks for more points of a series than `query.max_steps`.',
    todo: 'Use a larger step or a shorter range.',
  },
  'query.no_vector': {
    kind: 'input',
    means: 'The expression of a rule gives neither a vector nor a scalar.',
    todo: 'Put a function such as `rate` around a range, or compare what it gives.',
  },
  'query.stopping': {
    kind: 'unavailable',
    means: 'Binnacle is stopping.',
    todo: 'Ask again once it runs.',
  },
  'query.timeout': {
    kind: 'limit',
    means: 'The query took longer than `query.timeout`, or than the request’s own `timeout`.',
    todo: 'Ask for fewer series or a shorter range, or raise the limit.',
  },
  'query.worker_lost': {
    kind: 'unavailable',
    means:
      'The thread that evaluated the query is gone, most likely by the query’s memory; or another query in it did not stop when it was cancelled.',
    todo: 'Ask again; if it happens again, ask for fewer series or a shorter range.',
  },

  'remote_read.malformed': {
    kind: 'input',
    means: 'The body of a remote read is not what Prometheus sends.',
    todo: 'Check the address given to the reader, and what lies between: a proxy may have changed the body.',
  },
  'remote_read.max_concurrent': {
    kind: 'overload',
    means: 'Too many remote reads wait already.',
    todo: 'Try again later, or raise `remote_read.max_concurrent`.',
  },
  'remote_read.max_samples': {
    kind: 'limit',
    means: 'The answer of a remote read would hold more samples than `remote_read.max_samples`.',
    todo: 'Ask for less, or for streamed chunks, or raise the limit.',
  },
  'remote_read.response_type': {
    kind: 'input',
    means: 'A remote read accepts only types of answers that Binnacle does not know.',
    todo: 'Let it accept SAMPLES or STREAMED_XOR_CHUNKS.',
  },
  'remote_write.malformed': {
    kind: 'input',
    means: 'The body of a push is no remote write request of the version that its content type names.',
    todo: 'Correct the sender; sending the same again does not help.',
  },
  'remote_write.partial': {
    kind: ['input', 'limit'],
    means: 'Some samples of a push were refused; all others are stored. The message says which and why.',
    todo: 'Correct the sender; sending the same again does not help.',
  },
  'remote_write.too_large': {
    kind: 'limit',
    means:
      'A push unpacks to more than `limits.max_unpacked_write_size`, or would if every symbol stood wherever it is named, or it has more than 200,000 native histograms, exemplars, or families with metadata. Nothing of it is stored.',
    todo: 'Send fewer samples per request, or raise the limit.',
  },

  'rules.bad_expr': {
    kind: 'input',
    means: 'The expression of a rule is no PromQL.',
    todo: 'Correct it at the place in the file that the error names.',
  },
  'rules.bad_group': {
    kind: 'input',
    means: 'A group of rules has no name, or one that another group of the file has.',
    todo: 'Give each group of a file a name of its own.',
  },
  'rules.bad_rule': {
    kind: 'input',
    means: 'A rule lacks what it needs, or has what does not belong there.',
    todo: 'The error names the field; a rule has `record` or `alert`, and `expr`.',
  },
  'rules.bad_template': {
    kind: 'input',
    means: 'The text of a label or an annotation is no valid template.',
    todo: 'Correct it at the place that the error names; templates are those of Go, as in Prometheus.',
  },
  'rules.bad_test': {
    kind: 'input',
    means: 'A file of rule tests has a series, an expression or an expected sample that cannot be read.',
    todo: 'Correct it at the place that the error names; docs/rule-tests.md shows how they are written.',
  },

  'scrape.body_size_limit': {
    kind: 'limit',
    means: 'What a target serves is larger than `body_size_limit` of its job. That scrape fails.',
    todo: 'Let the target serve less, or raise the limit.',
  },
  'scrape.connect': {
    kind: 'unavailable',
    means: 'A target cannot be reached, or closed the connection.',
    todo: 'Check that it runs and that its address is right.',
  },
  'scrape.http': {
    kind: 'unavailable',
    means: 'A target’s answer is no HTTP that can be used: too many redirects, a broken body, a bad address.',
    todo: 'Correct the target.',
  },
  'scrape.http_status': {
    kind: 'unavailable',
    means: 'A target answered with a status other than 200.',
    todo: 'Check the path (`metrics_path`) and what the target wants to see: user, password, token.',
  },
  'scrape.invalid_name': {
    kind: 'input',
    means: 'A target serves a name outside the old character set, and `metric_name_validation_scheme` is `legacy`.',
    todo: 'Set it to `utf8`, or rename the metric.',
  },
  'scrape.invalid_target': {
    kind: 'input',
    means: 'What discovery and relabelling made is no target that can be scraped. It is left out.',
    todo: 'Correct its address or labels; the Targets page names the source.',
  },
  'scrape.target_limit': {
    kind: 'limit',
    means: 'A job has more targets than its `target_limit`. All of them fail.',
    todo: 'Drop targets by `relabel_configs`, or raise the limit.',
  },
  'scrape.timeout': {
    kind: 'unavailable',
    means: 'A target did not answer within `scrape_timeout`.',
    todo: 'Find out why it is slow, or raise the limit.',
  },
  'scrape.tls': {
    kind: 'unavailable',
    means: 'There is no secure connection to a target: its certificate, ours, or the files of either.',
    todo: 'Check `tls_config` of its job.',
  },
  'scrape.unknown_target': {
    kind: 'missing',
    means: 'There is no target with this id; the configuration may have changed.',
    todo: 'Load the Targets page again.',
  },

  'series.hash_collision': {
    kind: 'limit',
    means: 'Two series have the same 64-bit id, which is next to impossible. The second one is refused.',
    todo: 'Change any label of one of the two.',
  },
  'series.too_many': {
    kind: 'limit',
    means: 'There are more series than Binnacle can number (two thousand million).',
    todo: 'Send fewer series.',
  },
  'series.too_many_labels': {
    kind: 'limit',
    means: 'A series has more labels than fit.',
    todo: 'Drop labels by `metric_relabel_configs`.',
  },

  'state.bad_text': {
    kind: 'input',
    means: 'A text has a NUL character, which cannot be kept.',
    todo: 'Leave the character out.',
  },
  'state.cannot_open': {
    kind: 'unavailable',
    means: 'The file of control-plane records cannot be opened or made.',
    todo: 'Look at the data folder and its rights.',
  },
  'state.damaged': {
    kind: 'unavailable',
    means: 'The file of control-plane records is damaged or no database.',
    todo: 'Restore it from a backup, or move it away with its -wal file: silences, notification log and history begin anew then.',
  },
  'state.interrupted': {
    kind: 'unavailable',
    means: 'The thread that writes control-plane records has died; a new one takes its place.',
    todo: 'Try again. Whether the change was kept is not known.',
  },
  'state.locked': {
    kind: 'unavailable',
    means: 'Another process has the file of control-plane records open.',
    todo: 'Stop that Binnacle first, or give this one another data folder.',
  },
  'state.newer_schema': {
    kind: 'unavailable',
    means: 'The file of control-plane records was last used by a newer Binnacle.',
    todo: 'Start the newer version again, or use another data folder.',
  },
  'state.overloaded': {
    kind: 'overload',
    means: 'More changes of records wait for the disk than may wait.',
    todo: 'Try again; if it stays, the disk is too slow for what arrives.',
  },
  'state.stopped': {
    kind: 'unavailable',
    means: 'The file of control-plane records is not open: Binnacle is starting or stopping.',
    todo: 'Try again.',
  },
  'state.write_failed': {
    kind: 'unavailable',
    means: 'The disk did not take control-plane records: it is full, read-only or broken.',
    todo: 'Look at the disk of the data folder.',
  },

  'store.overloaded': {
    kind: 'overload',
    means: 'More samples wait for the engine than `head.max_pending` allows; pushers must wait.',
    todo: 'Send the same again later; if it lasts, the disk or the machine is too slow.',
  },
  'store.starting': {
    kind: 'unavailable',
    means: 'Binnacle is still loading what it had.',
    todo: 'Try again in a moment.',
  },
  'store.too_many_deletions': {
    kind: 'limit',
    means: 'Too many series have deleted samples, or too many intervals of them.',
    todo: 'Delete fewer series at a time, or let retention remove them.',
  },
  'store.write_refused': {
    kind: 'unavailable',
    means:
      'The engine answers, but refuses the rows of the log. They are kept and tried again; queries on recent data go on.',
    todo: 'Look at the lines of the engine in the log: a full disk, tables changed by hand, rights of the user at `engine.url`.',
  },

  'up.stopped': {
    kind: 'unavailable',
    means: 'A signal stopped Binnacle while it was starting.',
    todo: 'Nothing.',
  },
} as const satisfies Readonly<Record<string, CatalogueEntry>>

/** docs/reference/errors.md. */
export function renderErrorReference(): string {
  const out = [
    '# Errors',
    '',
    'Every error that Binnacle answers with or prints, by its code. A code never changes its meaning.',
    'This page is written by `node scripts/write-reference.mjs`; a test keeps it fresh.',
    '',
    'Where to find the code: in brackets behind a message of the command line and in the log; in the header',
    '`Binnacle-Error-Code` of an HTTP answer, with what to do in `Binnacle-Error-Hint`.',
    '',
    'The kind says who has to do something: `input` the sender or writer (what is there is wrong), `missing` (there is no',
    'such thing), `limit` (a named limit was met), `overload` (the same later), `unavailable` (a part is down; the same',
    'later), `forbidden`, `bug` (us).',
    '',
  ]
  let area = ''
  for (const [code, { kind, means, todo }] of Object.entries(errorCatalogue)) {
    const own = code.slice(0, code.indexOf('.'))
    if (own !== area) {
      if (area !== '') out.push('')
      out.push(`## ${own}`, '', '| code | kind | what it means | what to do |', '|---|---|---|---|')
      area = own
    }
    const kinds = typeof kind === 'string' ? kind : kind.join(', ')
    out.push(`| \`${code}\` | ${kinds} | ${means} | ${todo} |`)
  }
  return `${out.join('\n')}\n`
}
