package shell

import "strings"

const pm2Plain = "-s --silent -m --mini-list --no-color -a --update-env -f --force -v"

// nodePrograms start and look after Node applications.
var nodePrograms = family{
	"pm2 pm2-runtime": {
		plain: pm2Plain, valued: "-n --name -i --instances -u --user --hp -o --output -e --error -l --log -p --pid -k --kill-timeout --namespace --lines --err --env --cwd --interpreter --log-date-format --max-memory-restart --restart-delay --only --filter",
		verbs: family{
			"list ls l ps status jlist prettylist env pid id describe show desc info report ping slist": {risk: Reads, judge: pm2Named},
			"logs log": {
				risk: Reads, valued: "--lines", endless: when{always: true, without: "--nostream"}, judge: pm2Named,
			},
			"monit imonit dash dashboard top": {risk: Reads, interactive: when{always: true}, endless: when{always: true}},
			"start restart reload gracefulReload startOrRestart startOrReload startOrGracefulReload stop scale reset": {risk: Changes, judge: pm2Named},
			"sendSignal":          {risk: Changes, judge: pm2Signal},
			"trigger attach send": {risk: Unknown},
			"save dump resurrect startup unstartup update set unset install module:update deepUpdate link unlink plus login logout autoinstall unmonitor monitor forward inspect": {risk: Changes},
			"delete del":                           {risk: Destroys, judge: pm2Named},
			"kill":                                 {risk: Destroys},
			"flush":                                {risk: Destroys, judge: pm2Named},
			"reloadLogs":                           {risk: Changes},
			"cleardump uninstall module:uninstall": {risk: Destroys},
			"deploy":                               {risk: Changes},
			"serve":                                {risk: Changes},
		},
	},
	"npm": {
		plain: "-g --global -s --silent --no-audit --no-fund --legacy-peer-deps --production -w", valued: "--prefix -C --registry --workspace -w --userconfig", alone: Reads,
		verbs: family{
			"ls list ll la view info show outdated ping root prefix bin help search explain why whoami doctor fund query docs bugs repo -v": {risk: Reads},
			"audit":    {risk: Reads, judge: fixes},
			"config c": {verbs: family{"get list ls": {risk: Reads}, "set delete edit fix": {risk: Changes}}},
			"ci":       {risk: Changes},
			"install i add update up upgrade rebuild link dedupe publish version pack init login logout dist-tag owner deprecate set-script pkg in isntall": {risk: Changes},
			"uninstall remove rm un prune unpublish": {risk: Changes},
			"cache":                                  {verbs: family{"ls verify": {risk: Reads}, "add": {risk: Changes}, "clean": {risk: Changes}}},
			"start":                                  {risk: Changes, endless: when{always: true}},
			"stop restart":                           {risk: Changes},
			"test t tst":                             {risk: Changes},
			"run run-script rum urn":                 {risk: Changes, judge: npmRun},
			"exec x":                                 {risk: Unknown},
			"get":                                    {risk: Reads}, "set": {risk: Changes},
		},
	},
	"yarn pnpm": {
		plain: "-s --silent -r --recursive -w --workspace-root", valued: "--cwd -C --dir --filter -F", alone: Changes,
		verbs: family{
			"list ls why info outdated bin help licenses root": {risk: Reads},
			"audit": {risk: Reads, judge: fixes},
			"install i add upgrade update up link unlink publish version pack init rebuild import set fetch store dedupe self-update env approve-builds": {risk: Changes},
			"remove rm uninstall prune": {risk: Changes},
			"start dev serve preview":   {risk: Changes, endless: when{always: true}},
			"build test lint typecheck": {risk: Changes},
			"config":                    {verbs: family{"get list": {risk: Reads}, "set delete": {risk: Changes}}},
			"run":                       {risk: Changes, judge: npmRun},
			"exec dlx":                  {risk: Unknown},
			"*":                         {risk: Changes, judge: npmRun},
		},
	},
	"npx bunx": {
		risk: Reads, stop: true, plain: "-y --yes -q --quiet --no-install --no", valued: "-p --package",
		// Any other package is fetched and run, whatever it is.
		judge: func(c *call) {
			if len(c.operand) == 0 || !listed("prisma pm2", c.operand[0].text) || c.hasAny("-p --package") {
				c.in.worse(Unknown)
				return
			}
			startsOperands(c)
		},
	},
	"nvm fnm volta n asdf": {verbs: family{
		"ls list current ls-remote which version": {risk: Reads}, "use install alias default global local shell set": {risk: Changes}, "uninstall": {risk: Changes},
	}},
	"forever":           {verbs: family{"list logs": {risk: Reads}, "start stop restart stopall restartall": {risk: Changes}, "cleanlogs": {risk: Destroys}}},
	"nodemon next vite": {risk: Unknown},
	"tsc eslint prettier jest vitest mocha cypress playwright": {risk: Changes},
	"prisma": {valued: "--schema", verbs: family{
		"validate version -v":  {risk: Reads},
		"format generate init": {risk: Changes},
		"migrate":              {verbs: family{"status diff": {risk: Reads, raise: raises{"-o --output": Changes}}, "deploy resolve dev": {risk: Changes}, "reset": {risk: Destroys}}},
		"db":                   {verbs: family{"pull seed": {risk: Changes}, "push": {risk: Changes, raise: raises{"--accept-data-loss --force-reset": Destroys}}}},
		"studio":               {risk: Changes, endless: when{always: true}},
	}},
}

// pm2Named notes the applications that a pm2 command names.
func pm2Named(c *call) {
	for _, n := range c.values("-n --name --only") {
		c.in.touch("pm2", n)
	}
	for i, g := range c.operand {
		switch {
		case c.verbs[0] == "scale" && i > 0, strings.IndexByte(g.text, '=') >= 0:
		case strings.HasSuffix(g.text, ".js"), strings.HasSuffix(g.text, ".cjs"), strings.HasSuffix(g.text, ".mjs"), strings.HasSuffix(g.text, ".json"), strings.HasSuffix(g.text, ".yml"), strings.HasSuffix(g.text, ".yaml"), strings.HasSuffix(g.text, ".ts"):
			c.in.touch("path", g)
		case g.text == "npm" || g.text == "yarn" || strings.IndexByte(g.text, '/') >= 0:
			if c.dashed {
				return // npm -- start: the rest is npm's
			}
		default:
			c.in.touch("pm2", g)
		}
	}
}

func pm2Signal(c *call) {
	if len(c.operand) > 1 {
		c.in.touch("pm2", c.operand[1])
	}
}

// fixes is for `npm audit fix`, which installs.
func fixes(c *call) {
	for _, g := range c.operand {
		if g.text == "fix" {
			c.in.worse(Changes)
		} else {
			c.in.worse(Unknown)
		}
	}
	if c.hasAny("--fix") {
		c.in.worse(Changes)
	}
}

// usualScripts are the names of scripts that mean the same in every project.
const usualScripts = "build build:prod test test:unit test:e2e test:smoke lint format typecheck type-check compile start start:prod start:dev dev serve preview watch bundle:check health healthcheck"

// npmRun goes by a script's name.
func npmRun(c *call) {
	names := c.operand
	if len(names) == 0 && len(c.verbs) > 0 {
		names = []arg{{text: c.verbs[len(c.verbs)-1]}}
	}
	if len(names) == 0 {
		return // it lists the scripts
	}
	if !listed(usualScripts, names[0].text) {
		c.in.worse(Unknown)
	}
	if listed("start dev serve watch preview start:dev start:prod dev:server storybook", names[0].text) {
		c.in.endless = true
	}
}
