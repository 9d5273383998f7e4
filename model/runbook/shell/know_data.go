package shell

import "strings"

const (
	mongoValued = "--host --port -u --username -p --password --authenticationDatabase --authenticationMechanism --eval --file -f --db --tlsCAFile --sslCAFile --tlsCertificateKeyFile --sslPEMKeyFile --apiVersion --awsSessionToken --readPreference --uri --dir --out -o --archive --collection -c -d --nsInclude --nsExclude --nsFrom --nsTo --query -q --queryFile --numParallelCollections -j --numInsertionWorkersPerCollection --type --fields --config --gzip-level --excludeCollection --sort --limit --skip --upsertFields --mode --writeConcern --oplogLimit --oplogFile --interval --discover"
	psqlValued  = "-h --host -p --port -U --username -d --dbname -c --command -f --file -v --set --variable -F --field-separator -o --output -P --pset -R --record-separator -T --table-attr -L --log-file"
	pgValued    = "-h --host -p --port -U --username -d --dbname -f --file -t --table -n --schema -N --exclude-schema -T --exclude-table -j --jobs -F --format -Z --compress -E --encoding -S --superuser --role"
	mysqlValued = "-h --host -P --port -u --user -D --database -e --execute -S --socket --protocol --default-character-set --ssl-ca --delimiter"
	mysqlDump   = "-h --host -P --port -u --user -S --socket --protocol -r --result-file --ignore-table -w --where -T --tab"
)

// dataPrograms are the clients of databases and of queues.
var dataPrograms = family{
	"mongosh mongo":        {risk: Reads, valued: mongoValued, judge: mongosh},
	"mongodump":            {risk: Changes, valued: mongoValued, judge: mongoTool},
	"mongoexport bsondump": {risk: Reads, valued: mongoValued, judge: mongoTool},
	"mongorestore mongoimport": {
		risk: Changes, valued: mongoValued, raise: raises{"--drop": Destroys}, judge: mongoTool,
	},
	"mongostat mongotop": {risk: Reads, valued: mongoValued, endless: when{always: true, without: "-n --rowcount"}},
	"mongod mongos":      {risk: Changes, raise: raises{"--repair --shutdown": Destroys}},
	"mongofiles": {valued: mongoValued, verbs: family{
		"list search": {risk: Reads}, "put get get_id put_id": {risk: Changes}, "delete delete_id": {risk: Destroys},
	}},

	"psql pgcli": {risk: Reads, valued: psqlValued, raise: raises{"-o --output -L --log-file": Changes}, judge: psql},
	"gitlab-psql gitlab-redis-cli": {
		risk: Unknown, interactive: when{always: true, without: "-c"},
	},
	"mysql mariadb":                            {risk: Reads, valued: mysqlValued, raise: raises{"--tee --init-command --defaults-file --defaults-extra-file --pager": Unknown}, judge: mysql},
	"mysqladmin":                               {risk: Reads, valued: mysqlValued, judge: mysqlAdmin},
	"mysqldump mariadb-dump":                   {risk: Reads, valued: mysqlDump, raise: raises{"-r --result-file --tab -T --flush-logs -F": Changes, "--delete-master-logs --delete-source-logs": Destroys}},
	"mysqlcheck":                               {risk: Reads, valued: mysqlValued, raise: raises{"-r --repair -o --optimize --auto-repair -a --analyze": Changes}},
	"mysqlimport pgloader pgbench":             {risk: Changes, raise: raises{"-d --delete": Destroys}},
	"sqlite3 duckdb":                           {risk: Reads, single: true, valued: "-cmd -separator -init -nullvalue", raise: raises{"-init": Unknown}, judge: sqlite},
	"sqlcmd clickhouse-client cqlsh influx":    {risk: Reads, valued: "-S -d -U -P -Q -q -i -e --execute --query -h --host --port -u -p -f --user --password --database", judge: otherSQL},
	"nodetool":                                 {valued: "-h -p -u -pw", verbs: family{"status info ring tpstats describecluster netstats compactionstats gossipinfo proxyhistograms cfstats tablestats version getcompactionthroughput": {risk: Reads}, "repair cleanup flush drain compact snapshot rebuild scrub enablegossip disablegossip": {risk: Changes}, "decommission removenode clearsnapshot assassinate": {risk: Destroys}}},
	"pg_isready pg_config pg_waldump":          {risk: Reads, valued: pgValued},
	"pg_controldata":                           {risk: Reads},
	"pg_dump pg_dumpall":                       {risk: Reads, valued: pgValued, raise: raises{"-f --file": Changes}},
	"pg_basebackup pg_upgrade pg_verifybackup": {risk: Changes},
	"pg_restore":                               {risk: Changes, valued: pgValued, raise: raises{"-c --clean -C --create": Destroys}},
	"createdb createuser vacuumdb reindexdb clusterdb pg_promote pg_rewind pg_repack initdb pg_receivewal": {risk: Changes},
	"dropdb dropuser pg_archivecleanup pg_resetwal":                                                        {risk: Destroys},
	"pg_ctl pg_ctlcluster": {valued: "-D --pgdata -l --log -m --mode -t --timeout -o --options", plain: "-w -W -s --wait --no-wait --silent", verbs: family{
		"status": {risk: Reads}, "start stop restart reload promote logrotate kill init initdb": {risk: Changes},
	}},
	"pgbackrest barman wal-g": {valued: "--stanza --config", verbs: family{
		"info check list-server list-backup list-backups show-backup backup-list wal-show version": {risk: Reads}, "backup archive-push backup-push start stop stanza-create": {risk: Changes}, "restore expire delete backup-fetch stanza-delete": {risk: Destroys},
	}},
	"patronictl": {valued: "-c --config-file -d --dcs-url", verbs: family{
		"list topology history show-config version dsn": {risk: Reads}, "failover switchover restart reload pause resume edit-config scaffold flush": {risk: Changes}, "reinit remove": {risk: Destroys},
	}},

	"redis-cli valkey-cli keydb-cli": {
		risk: Reads, stop: true,
		valued: "-X -h -p -s -a --pass --user -u -r -i -n -d -D --cacert --cert --key --sni --tls-ciphers --pipe-timeout --memkeys-samples --pattern --quoted-pattern --count --intrinsic-latency --eval --lru-test --rdb --functions-rdb",
		plain:  "--askpass -c --cluster-mode --raw --no-raw --csv --json --quoted-input --tls --insecure --no-auth-warning -2 -3 -4 -6 -e -x --scan --bigkeys --memkeys --hotkeys --latency --latency-history --latency-dist --stat --show-pushes --verbose --version --help",
		raise:  raises{"--pipe --eval --cluster --lru-test --replica": Unknown, "--rdb --functions-rdb": Changes},
		judge:  redisCLI,
	},
	"redis-benchmark":              {risk: Changes},
	"memcached nats mosquitto_pub": {risk: Changes},
	"rabbitmqctl rabbitmq-diagnostics rabbitmqadmin": {valued: "-n -p -q -t --node --vhost -H -P -u -V", plain: "-q --quiet -s", verbs: family{
		"status list_queues list_connections list_channels list_exchanges list_bindings list_consumers list_users list_vhosts list_permissions cluster_status node_health_check ping check_running check_alarms memory_breakdown environment report version list show": {risk: Reads},
		"start_app stop_app add_user change_password set_permissions set_policy set_user_tags add_vhost rotate_logs sync_queue declare publish set_parameter":                                                                                                          {risk: Changes},
		"stop reset force_reset purge_queue delete_queue delete_user delete_vhost forget_cluster_node close_connection close_all_connections clear_policy delete purge":                                                                                                {risk: Destroys},
	}},
	"kafka-topics kafka-topics.sh": {risk: Changes, raise: raises{"--delete": Destroys}},
	"kafka-consumer-groups kafka-consumer-groups.sh": {
		risk: Reads, raise: raises{"--reset-offsets --execute": Changes, "--delete --delete-offsets": Destroys},
	},
	"kafka-console-consumer kafka-console-consumer.sh": {risk: Changes, endless: when{always: true, without: "--max-messages --timeout-ms"}},
	"kcat kafkacat kafka-configs kafka-configs.sh":     {risk: Unknown},
	"zkCli.sh zkCli": {risk: Unknown},
}

func mongosh(c *call) {
	c.mongoURI()
	scripts := c.values("--eval")
	for _, s := range scripts {
		c.in.javascript(s.text)
	}
	files := c.hasAny("-f --file")
	for _, g := range c.operand {
		files = files || strings.HasSuffix(g.text, ".js") || strings.HasSuffix(g.text, ".mongodb")
	}
	if c.shortened("--eval --file --shell") || c.hasComputed() {
		c.in.worse(Unknown)
	}
	switch {
	case files:
		c.in.worse(Unknown)
		c.in.warn("what the script file does is not known")
	case c.stdin.piped && len(scripts) == 0 || c.stdin.piped && c.hasAny("--shell"):
		if !c.stdin.known {
			c.in.worse(Unknown)
		}
		c.in.javascript(c.stdin.text)
	case len(scripts) == 0 && !c.hasAny("--version --help -h"):
		c.in.worse(Unknown)
	}
	if c.hasAny("--shell") || !files && len(scripts) == 0 && !c.stdin.piped && !c.hasAny("--version --help -h") {
		c.in.out.Interactive = true
	}
}

// mongoURI names the database that a call goes to, without user or password.
func (c *call) mongoURI() {
	for _, g := range append(c.values("--uri"), c.operand...) {
		if strings.HasPrefix(g.text, "mongodb") && strings.Contains(g.text, "://") {
			head, _, _ := strings.Cut(withoutPassword(g.text), "?")
			c.in.touch("mongo", arg{text: head})
			if _, name, ok := strings.Cut(strings.SplitN(head, "://", 2)[1], "/"); ok {
				c.in.database = name
			}
		}
	}
	if g, ok := c.value("-d --db"); ok && g.fixed() {
		c.in.database = g.text
	}
}

// mongoTool judges mongodump, mongorestore and their like.
func mongoTool(c *call) {
	c.mongoURI()
	if g, ok := c.value("-c --collection"); ok && g.fixed() {
		c.in.collection(g.text)
	} else if c.in.database != "" {
		c.in.touch("mongo", arg{text: c.in.database})
	}
	if c.shortened("--drop") {
		c.in.worse(Destroys)
	}
	if m, ok := c.value("--mode"); ok && m.text == "delete" {
		c.in.worse(Destroys)
	}
	for _, g := range c.values("--dir --out -o --archive") {
		if c.name == "mongoexport" {
			c.in.write(g, false)
		}
		c.in.touch("path", g)
	}
}

func psql(c *call) {
	texts := c.values("-c --command")
	for _, s := range texts {
		c.in.sql(s.text)
	}
	if c.hasAny("-f --file") {
		c.in.worse(Unknown)
		c.in.warn("what the script file does is not known")
		return
	}
	if c.shortened("--command --file --output --log-file") {
		c.in.worse(Unknown)
	}
	c.session(len(texts) > 0 || c.hasAny("-l --list -V --version --help"))
}

// session judges what a client reads from its standard input, or its opening
// for a person to type in.
func (c *call) session(said bool) {
	switch {
	case said:
	case c.stdin.piped:
		if !c.stdin.known {
			c.in.worse(Unknown)
			c.in.warn("a client runs what it is piped")
		}
		c.in.sql(c.stdin.text)
	default:
		c.in.worse(Unknown)
		c.in.out.Interactive = true
	}
}

func mysql(c *call) {
	texts := c.values("-e --execute")
	for _, s := range texts {
		c.in.sql(s.text)
	}
	if c.shortened("--execute --init-command --tee --pager") {
		c.in.worse(Unknown)
	}
	c.session(len(texts) > 0 || c.hasAny("-V --version"))
}

func mysqlAdmin(c *call) {
	for _, g := range c.operand {
		switch g.text {
		case "status", "ping", "processlist", "variables", "version", "extended-status":
		case "drop", "shutdown":
			c.in.worse(Destroys)
		case "kill", "reload", "refresh", "create", "password", "flush-hosts", "flush-logs", "flush-status", "flush-tables", "flush-privileges", "start-slave", "stop-slave", "start-replica", "stop-replica":
			c.in.worse(Changes)
		default:
			c.in.worse(Unknown)
		}
	}
}

func sqlite(c *call) {
	for _, s := range c.values("-cmd") {
		c.in.sql(s.text)
	}
	if len(c.operand) > 1 {
		for _, g := range c.operand[1:] {
			c.in.sql(g.text)
		}
	}
	c.session(len(c.operand) > 1 || c.hasAny("-version --version"))
}

// otherSQL judges the clients whose statement comes by a flag of several names.
func otherSQL(c *call) {
	texts := c.values("-e --execute -Q -q --query")
	for _, s := range texts {
		c.in.sql(s.text)
	}
	if c.hasAny("-f -i --file --queries-file") {
		c.in.worse(Unknown)
		return
	}
	c.session(len(texts) > 0)
}
