package shell

import "strings"

// cloudPrograms steer other people's machines.
var cloudPrograms = family{
	"aws": {risk: Reads, raw: true, blind: true, judge: aws},
	"gcloud": {
		risk: Reads, raw: true, blind: true, judge: func(c *call) { c.cloud(gcloudGroups, 1) },
	},
	"az": {risk: Reads, raw: true, blind: true, judge: func(c *call) { c.cloud(azureGroups, 1) }},
	"terraform tofu terragrunt": {
		single: true, plain: "-no-color", valued: "-chdir -var -var-file -target -out -state", alone: Reads,
		verbs: family{
			"plan show output validate version graph providers":                        {risk: Reads, single: true, raise: raises{"-out -generate-config-out -state-out": Changes, "-destroy": Reads}, valued: "-var -var-file -target -state"},
			"init get fmt import taint untaint refresh force-unlock login logout test": {risk: Changes},
			"apply":     {risk: Changes, raise: raises{"-destroy --destroy": Destroys}, judge: asksUnless("-auto-approve --auto-approve -input")},
			"destroy":   {risk: Destroys},
			"state":     {single: true, verbs: family{"list show pull": {risk: Reads}, "mv push replace-provider": {risk: Changes}, "rm": {risk: Destroys}}},
			"workspace": {verbs: family{"list show": {risk: Reads}, "select new": {risk: Changes}, "delete": {risk: Destroys}}},
			"console":   {risk: Unknown, interactive: when{always: true}},
		},
	},
	"pulumi": {valued: "-s --stack -C --cwd", verbs: family{
		"preview version whoami logs about": {risk: Reads, endless: when{with: "-f --follow"}}, "up refresh import config": {risk: Changes}, "destroy cancel": {risk: Destroys},
		"stack": {alone: Reads, verbs: family{"ls output history": {risk: Reads}, "select init": {risk: Changes}, "rm": {risk: Destroys}}},
	}},
	"ansible ansible-playbook packer vagrant chef-client puppet salt salt-ssh": {risk: Unknown},
	"gsutil": {plain: "-m -q -D", valued: "-o -u -h", verbs: family{
		"ls du stat cat version hash": {risk: Reads}, "cp mb setmeta acl iam lifecycle versioning web cors notification defacl label rewrite compose": {risk: Changes},
		"rsync": {risk: Changes, raise: raises{"-d": Destroys}}, "mv": {risk: Changes}, "rm rb": {risk: Destroys},
	}},
	"bq": {risk: Reads, raw: true, judge: bq},
	"cbt": {single: true, valued: "-instance -project -creds", verbs: family{
		"ls count read lookup listinstances listclusters help doc": {risk: Reads}, "set createtable createfamily setgcpolicy import notices": {risk: Changes},
		"deletetable deletefamily deleterow deleteallrows deletecolumn deleteinstance": {risk: Destroys},
	}},
	"s3cmd rclone mc": {valued: "--config -c --profile", verbs: family{
		"ls lsd lsl lsf info du size cat tree stat check md5sum version": {risk: Reads}, "put get cp copy copyto mb mkdir touch": {risk: Changes},
		"del rm rb sync delete deletefile purge cleanup move mirror": {risk: Destroys},
	}},
	"vercel now": {
		valued: "-t --token -S --scope -A --local-config --cwd -n --name", plain: "--prod --yes -y --debug -d --force -f --no-color", alone: Changes,
		verbs: family{
			"ls list inspect whoami help teams": {risk: Reads},
			"logs log":                          {risk: Reads, endless: when{with: "-f --follow"}},
			"deploy rollback promote redeploy alias link pull build login logout init git dev": {risk: Changes},
			"rm remove":   {risk: Destroys},
			"deployments": {alone: Reads, verbs: family{"ls list": {risk: Reads}}},
			"env domains dns certs secrets project projects": {verbs: family{
				"ls list inspect": {risk: Reads}, "add pull update issue import buy": {risk: Changes}, "rm remove": {risk: Destroys},
			}},
		},
	},
	"netlify ntl": {verbs: family{"status open watch": {risk: Reads}, "deploy build init link unlink login logout dev sites env": {risk: Changes}}},
	"heroku": {valued: "-a --app -r --remote", verbs: family{
		"ps logs releases config apps info status domains": {risk: Reads, raw: true, judge: func(c *call) { c.in.worse(plainWords(c, 1)) }},
		"ps:restart restart ps:scale scale rollback releases:rollback config:set maintenance:on maintenance:off ps:stop deploy pg:copy": {risk: Changes},
		"pg:info pg:ps releases:info config:get pg:diagnose logs:tail":                                                                  {risk: Reads},
		"pg:reset apps:destroy config:unset addons:destroy pg:killall pg:kill":                                                          {risk: Destroys},
	}},
	"fly flyctl": {valued: "-a --app -c --config", verbs: family{
		"status releases info version": {risk: Reads}, "logs": {risk: Reads, endless: when{always: true, without: "-n --no-tail"}}, "deploy scale restart resume suspend": {risk: Changes}, "destroy": {risk: Destroys},
		"apps machine machines volumes secrets ips certs": {verbs: family{"list ls status show": {risk: Reads}, "restart start stop set import create clone update": {risk: Changes}, "destroy remove unset delete release": {risk: Destroys}}},
	}},
	"railway": {verbs: family{
		"status list whoami variables": {risk: Reads}, "logs": {risk: Reads, endless: when{always: true}}, "up redeploy link deploy environment service login init add restart": {risk: Changes}, "down delete": {risk: Destroys},
		"run connect shell ssh": {risk: Unknown},
	}},
	"supabase wrangler firebase amplify cdk sam serverless sls doctl linode-cli hcloud ibmcloud oci eb copilot": {risk: Unknown, alone: Reads},
	"stripe": {verbs: family{"balance": {verbs: family{"retrieve": {risk: Reads}}}, "version": {risk: Reads}, "listen": {risk: Reads, endless: when{always: true}, wary: true}}},
	"cast": {valued: "--rpc-url", verbs: family{
		"call block block-number balance code storage tx receipt logs nonce chain-id gas-price age basefee estimate abi-encode calldata sig 4byte keccak to-wei from-wei to-hex to-dec": {risk: Reads},
		"send publish": {risk: Changes},
	}},
	"sentry-cli newrelic datadog-ci amtool promtool": {alone: Reads, valued: "--alertmanager.url --url", verbs: family{
		"check query test info": {risk: Reads}, "alert config cluster": {risk: Reads, raw: true, judge: func(c *call) { c.in.worse(plainWords(c, 2)) }},
		"silence":                   {verbs: family{"query": {risk: Reads}, "add update import": {risk: Changes}, "expire": {risk: Destroys}}},
		"releases deploys monitors": {verbs: family{"list info": {risk: Reads}, "new finalize set-commits": {risk: Changes}, "delete": {risk: Destroys}}},
	}},
	"ceph": {valued: "-n --name -c --conf -f --format -k --keyring --cluster", alone: Reads, plain: "-s --status -w --watch", endless: when{with: "-w --watch"}, verbs: family{
		"status health df versions fsid quorum_status mon_status report time-sync-status": {risk: Reads},
		"osd":    {verbs: family{"tree df status perf dump stat ls find metadata": {risk: Reads}, "out in set unset reweight down up": {risk: Changes}, "rm purge destroy lost": {risk: Destroys}, "pool": {verbs: family{"ls get stats get-quota": {risk: Reads}, "create set rename set-quota application": {risk: Changes}, "rm delete": {risk: Destroys}}}}},
		"mon":    {verbs: family{"dump stat metadata versions": {risk: Reads}, "remove rm": {risk: Destroys}}},
		"pg":     {verbs: family{"dump stat ls query dump_stuck": {risk: Reads}, "repair scrub deep-scrub": {risk: Changes}}},
		"config": {verbs: family{"get show dump log": {risk: Reads}, "set assimilate-conf": {risk: Changes}, "rm": {risk: Destroys}}},
		"mgr":    {verbs: family{"dump stat services": {risk: Reads}, "module": {verbs: family{"ls": {risk: Reads}, "enable disable": {risk: Changes}}}, "fail": {risk: Changes}}},
		"crash":  {verbs: family{"ls info ls-new stat": {risk: Reads}, "archive archive-all": {risk: Changes}, "rm prune": {risk: Destroys}}},
	}},
}

// plainWords is Reads when a command has no more than n operands: the longer
// forms of these programs do more.
func plainWords(c *call, n int) Risk {
	words := 0
	for _, g := range c.args {
		if !g.isFlag() {
			words++
		}
	}
	if words > n {
		return Unknown
	}
	return Reads
}

// asksUnless marks a command that waits for a yes unless one of the flags is
// given.
func asksUnless(flags string) func(*call) {
	return func(c *call) {
		if !c.hasAny(flags) {
			c.in.out.Interactive = c.in.out.Interactive || !c.stdin.piped
		}
	}
}

// awsValued are the global flags of aws that take a value; the service and its
// operation are the first two words that are neither flags nor those.
const awsValued = "--profile --region --output --query --endpoint-url --cli-read-timeout --cli-connect-timeout --color --ca-bundle --page-size --max-items"

func aws(c *call) {
	var words []arg
	for i := 0; i < len(c.args) && len(words) < 2; i++ {
		switch g := c.args[i]; {
		case listed(awsValued, g.text):
			i++
		case g.isFlag():
			if !listed("--no-cli-pager --no-paginate --debug --no-verify-ssl --version --no-sign-request", g.text) && !strings.Contains(g.text, "=") {
				c.in.worse(Unknown)
			}
		default:
			words = append(words, g)
		}
	}
	if len(words) < 2 || !words[0].fixed() || !words[1].fixed() {
		if len(c.args) != 1 || c.args[0].text != "--version" {
			c.in.worse(Unknown)
		}
		return
	}
	c.in.worse(awsOperation(words[0].text, words[1].text))
	for _, g := range c.args {
		switch {
		case g.text == "--delete" && words[0].text == "s3":
			c.in.worse(Destroys)
		case g.text == "--follow":
			c.in.endless = true
		}
	}
}

func awsOperation(service, op string) Risk {
	switch service {
	case "s3":
		return awsS3[op]
	case "configure":
		if op == "list" || op == "get" || op == "list-profiles" {
			return Reads
		}
		return Changes
	}
	if risk, ok := awsNamed[service+" "+op]; ok {
		return risk
	}
	if strings.Contains(op, "-delete") || strings.Contains(op, "-terminate") {
		return Destroys
	}
	for _, p := range awsPrefixes {
		for prefix := range strings.FieldsSeq(p.names) {
			if strings.HasPrefix(op, prefix) || op == strings.TrimSuffix(prefix, "-") {
				return p.risk
			}
		}
	}
	return Unknown
}

var awsS3 = map[string]Risk{
	"ls": Reads, "presign": Reads, "cp": Changes, "sync": Changes, "mb": Changes, "website": Changes, "mv": Changes, "rm": Destroys, "rb": Destroys,
}

var awsNamed = map[string]Risk{
	"logs tail": Reads, "logs filter-log-events": Reads, "logs start-query": Reads, "logs stop-query": Changes, "ssm start-session": Unknown,
	"ssm send-command": Unknown, "dynamodb scan": Reads, "dynamodb query": Reads, "kms decrypt": Reads, "s3api get-object": Changes,
	"sts assume-role": Reads, "ecs execute-command": Unknown, "lambda invoke": Unknown, "cloudtrail lookup-events": Reads, "eks update-kubeconfig": Changes,
	"ecr get-login-password": Reads, "sqs purge-queue": Destroys, "sqs receive-message": Changes, "s3api head-object": Reads, "s3api head-bucket": Reads,
	"rds-data execute-statement": Unknown, "athena start-query-execution": Unknown, "cloudformation validate-template": Reads, "cloudwatch set-alarm-state": Changes,
	"elasticache modify-replication-group-shard-configuration": Changes, "elbv2 describe-target-health": Reads, "glacier abort-vault-lock": Destroys,
}

var awsPrefixes = []struct {
	names string
	risk  Risk
}{
	{"describe- list- get- batch-get- search- lookup- wait- help- estimate- simulate- check-", Reads},
	{"delete- terminate- purge- remove- deregister- batch-delete- destroy- revoke- reset- restore- schedule-key-deletion- empty- disassociate- detach- cancel- release- abort- drop-", Destroys},
	{"create- update- put- modify- start- stop- reboot- enable- disable- attach- associate- register- set- add- tag- untag- authorize- change- copy- run- publish- send- promote- failover- invoke- apply- import- export- rotate- resume- suspend- complete- record- confirm- continue- retry- rollback- deploy- execute-policy- increase- decrease- upload- admin- batch-put- batch-write- request- renew- resend- upgrade- accept- reject- allocate- assign- test- initiate- activate- deactivate- switchover-", Changes},
}

// bq judges BigQuery's tool: its queries are SQL.
func bq(c *call) {
	words := []arg{}
	for _, g := range c.args {
		if !g.isFlag() {
			words = append(words, g)
		}
	}
	if len(words) == 0 {
		c.in.worse(Unknown)
		return
	}
	switch words[0].text {
	case "ls", "show", "head", "version", "help":
	case "query":
		for _, g := range c.args {
			if strings.HasPrefix(g.text, "--destination") || strings.HasPrefix(g.text, "--replace") || strings.HasPrefix(g.text, "--append") {
				c.in.worse(Changes)
			}
		}
		if len(words) < 2 {
			c.in.worse(Unknown)
			return
		}
		for _, g := range words[1:] {
			c.in.sql(g.text)
		}
	case "rm", "truncate", "cancel":
		c.in.worse(Destroys)
	case "mk", "load", "insert", "update", "cp", "extract", "mkdef":
		c.in.worse(Changes)
	default:
		c.in.worse(Unknown)
	}
}
