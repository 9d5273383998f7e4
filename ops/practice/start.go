package practice

import (
	"cmp"
	"context"
	"encoding/json"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"calm/ops"
	"calm/ops/run"
)

// startWithin is how long a part may take until it answers, on a busy machine.
const startWithin = 60 * time.Second

// The stand-in's limits, in requests a minute: what the shop is used to, and what is left of it under
// the fault "deepseek-429". Visitors make about 150.
const (
	usualLimit   = 600
	reducedLimit = 12
)

// bringUp lays the host out and starts every part that does not run.
func (h *Host) bringUp(ctx context.Context) error {
	if err := h.registry(ctx); err != nil {
		return err
	}
	if h.rec.Backup == "" {
		h.rec.Backup = h.path("backups", time.Now().UTC().Format("20060102"))
	}
	if err := h.save(); err != nil {
		return err
	}
	if err := h.furnish(); err != nil {
		return err
	}
	steps := []struct {
		what string
		do   func(context.Context) error
	}{
		{"the shop's checkout", h.checkOut},
		{"mongod", h.startMongod},
		{"the database and its backup", h.fillDatabase},
		{"the DeepSeek API's stand-in", func(ctx context.Context) error { return h.startDeepSeek(ctx, cmp.Or(h.rec.DeepSeekLimit, usualLimit)) }},
		{"the shop under pm2", h.startApp},
		{"nginx", h.startNginx},
		{"visitors", h.startTraffic},
	}
	for _, s := range steps {
		h.log(s.what)
		if err := s.do(ctx); err != nil {
			return err
		}
	}
	return nil
}

// registry asks npm once which registry it uses: the packages in the release cache are filed under it.
func (h *Host) registry(ctx context.Context) error {
	if h.rec.Registry != "" {
		return nil
	}
	res, err := run.Local{}.Run(ctx, run.Command{Argv: []string{h.rec.Tools.NPM, "config", "get", "registry"}, Env: os.Environ()})
	h.rec.Registry = strings.TrimSpace(string(res.Stdout))
	return err
}

func (h *Host) startMongod(ctx context.Context) error {
	if _, ok := h.mongod(); ok && accepts(ctx, h.rec.Ports.Mongod) {
		return nil
	}
	if err := h.portFor(ctx, "mongod", h.rec.Ports.Mongod); err != nil {
		return err
	}
	if err := h.start("mongod", nil, h.path("bin", "mongod"), "--config", h.path("etc", "mongod.conf")); err != nil {
		return err
	}
	return h.answers(ctx, "mongod", func() bool { return accepts(ctx, h.rec.Ports.Mongod) }, h.path("log", "mongod.log"))
}

// fillDatabase makes the replica set, and on a new host the data and two nights' dumps of it.
func (h *Host) fillDatabase(ctx context.Context) error {
	if _, err := os.Stat(h.rec.Backup); err == nil {
		return h.initDatabase(ctx, "")
	}
	if err := h.initDatabase(ctx, "fill"); err != nil {
		return err
	}
	if err := h.npm(ctx, "run", "migrate:up"); err != nil {
		return err
	}
	night := time.Now().UTC().AddDate(0, 0, -1).Format("20060102")
	for _, dir := range []string{h.path("backups", night), h.rec.Backup} {
		if _, err := h.run(ctx, "", nil, "mongodump", "--quiet", "--uri="+h.mongoURI(), "--out="+dir+".part"); err != nil {
			return err
		}
		if err := os.Rename(dir+".part", dir); err != nil {
			return ops.Wrap("practice up", err)
		}
	}
	return nil
}

// initDatabase runs world/init.mjs; do is "fill", "empty" or nothing.
func (h *Host) initDatabase(ctx context.Context, do string) error {
	env := []string{"MONGOD_ADDRESS=" + address(h.rec.Ports.Mongod), "MONGOD_SET=" + replicaSet}
	_, err := h.run(ctx, "", env, "node", h.path("world", "init.mjs"), filepath.Join(h.rec.Tools.NodeModules, "mongodb"), do)
	return err
}

// startDeepSeek starts the stand-in with a limit; where one with another limit runs, it is replaced.
func (h *Host) startDeepSeek(ctx context.Context, perMinute int) error {
	name := "deepseek"
	if h.running(name) && h.rec.DeepSeekLimit == perMinute {
		return nil
	}
	if err := h.stop(ctx, name); err != nil {
		return err
	}
	if err := h.portFor(ctx, "the DeepSeek stand-in", h.rec.Ports.DeepSeek); err != nil {
		return err
	}
	env := []string{"PORT=" + strconv.Itoa(h.rec.Ports.DeepSeek), "REQUESTS_PER_MINUTE=" + strconv.Itoa(perMinute)}
	if perMinute < usualLimit {
		env = append(env, "USED_UP=yes")
	}
	h.rec.DeepSeekLimit = perMinute
	if err := h.start(name, env, h.rec.Tools.Node, h.path("world", "deepseek.mjs")); err != nil {
		return err
	}
	return h.answers(ctx, name, func() bool { return accepts(ctx, h.rec.Ports.DeepSeek) }, h.path("log", name+".log"))
}

// ecosystem is what pm2 is told about the shop: the healthy environment.
func (h *Host) ecosystem() ([]byte, error) {
	env := map[string]string{
		marker:                          h.dir,
		"NODE_ENV":                      "production",
		"PORT":                          strconv.Itoa(h.rec.Ports.App),
		"MONGODB_URI":                   h.mongoURI(),
		"DEEPSEEK_API_URL":              h.deepSeekURL(),
		"DEEPSEEK_API_KEY":              deepSeekKey,
		"NEXT_PUBLIC_CONCIERGE_ENABLED": "true",
		"NEXT_PUBLIC_CONCIERGE_ROLLOUT_PERCENTAGE": "100",
		// One minute: a fault that begins now shows in the app's own metrics now.
		"METRICS_RETENTION_SECONDS": "60",
	}
	app := map[string]any{"name": AppName, "script": "dist/server.js", "cwd": h.checkout(), "exec_mode": "fork", "kill_timeout": 2000, "env": env}
	return json.MarshalIndent(map[string]any{"apps": []any{app}}, "", "  ")
}

func (h *Host) startApp(ctx context.Context) error {
	_, supervised := h.pm2Daemon()
	if _, ok := h.app(); ok && supervised {
		return nil
	}
	text, err := h.ecosystem()
	if err != nil {
		return ops.Wrap("practice up", err)
	}
	file := h.path("etc", "glowglitch.config.json")
	if err := writeFile(file, 0o600, append(text, '\n')); err != nil {
		return err
	}
	if err := h.removeApp(ctx); err != nil {
		return err
	}
	if err := h.portFor(ctx, AppName, h.rec.Ports.App); err != nil {
		return err
	}
	if _, err := h.pm2(ctx, nil, "start", file); err != nil {
		return err
	}
	return h.appAnswers(ctx)
}

func (h *Host) appAnswers(ctx context.Context) error {
	return h.answers(ctx, AppName, func() bool { return accepts(ctx, h.rec.Ports.App) }, h.path("pm2", "logs", AppName+"-error.log"))
}

// removeApp takes whatever pm2 runs out of it, and ends what an earlier pm2 left behind.
func (h *Host) removeApp(ctx context.Context) error {
	if _, ok := h.pm2Daemon(); ok {
		// It fails where there is nothing to delete.
		if _, err := h.pm2(ctx, nil, "delete", "all"); err != nil && h.pm2Has(ctx) {
			return err
		}
	}
	if p, ok := h.app(); ok {
		return endAll(ctx, []process{p})
	}
	return nil
}

// pm2Has tells whether pm2 still has an app in its list.
func (h *Host) pm2Has(ctx context.Context) bool {
	res, err := h.pm2(ctx, nil, "jlist")
	return err != nil || strings.TrimSpace(string(res.Stdout)) != "[]"
}

func (h *Host) startNginx(ctx context.Context) error {
	if _, ok := h.nginx(); ok {
		return nil
	}
	if err := endAll(ctx, h.nginxWorkers()); err != nil {
		return err
	}
	if err := h.portFor(ctx, "nginx", h.rec.Ports.Nginx); err != nil {
		return err
	}
	if _, err := h.run(ctx, "", []string{marker + "=" + h.dir}, "nginx", "-t"); err != nil {
		return err
	}
	if _, err := h.run(ctx, "", []string{marker + "=" + h.dir}, "nginx"); err != nil {
		return err
	}
	return h.answers(ctx, "nginx", func() bool { return accepts(ctx, h.rec.Ports.Nginx) }, h.path("nginx", "logs", "error.log"))
}

func (h *Host) startTraffic(context.Context) error {
	if h.running("traffic") {
		return nil
	}
	return h.start("traffic", []string{"NGINX_PORT=" + strconv.Itoa(h.rec.Ports.Nginx)}, h.rec.Tools.Node, h.path("world", "traffic.mjs"))
}

// portFor makes sure that nobody else listens where a part that does not run is to listen. A process
// that was killed may be seen as gone while the last of its threads still holds its sockets, so
// they have a moment.
func (h *Host) portFor(ctx context.Context, part string, port int) error {
	if poll(ctx, endWithin, func() bool { return portFree(ctx, port) }) {
		return nil
	}
	return ops.Errorf(ops.Conflict, "practice up", "port %d, kept for %s, is taken by another program: run `calm practice down` and `up` again", port, part)
}

func (h *Host) answers(ctx context.Context, part string, yes func() bool, log string) error {
	if poll(ctx, startWithin, yes) {
		return nil
	}
	return ops.Errorf(ops.Timeout, "practice up", "%s does not answer: see %s", part, log)
}

// run runs a program of this host as an operator would, in dir ("" is the host's folder), with more
// variables.
func (h *Host) run(ctx context.Context, dir string, more []string, argv ...string) (run.Result, error) {
	if dir == "" {
		dir = h.dir
	}
	// What is on the machine's own PATH must not be taken for what is on this host.
	program, err := run.LookPath(argv[0], h.searchPath())
	if err != nil {
		return run.Result{Exit: -1}, err
	}
	command := run.Command{Argv: append([]string{program}, argv[1:]...), Dir: dir, Env: append(h.Env(), more...), Timeout: 2 * startWithin}
	res, err := run.Local{}.Run(ctx, command)
	if err != nil && len(res.Stderr) == 0 && len(res.Stdout) > 0 {
		err = ops.Errorf(ops.CodeOf(err), run.Line(argv), "exit %d: %s", res.Exit, lastLine(res.Stdout, err))
	}
	return res, err
}

func (h *Host) pm2(ctx context.Context, more []string, args ...string) (run.Result, error) {
	return h.run(ctx, h.checkout(), append([]string{marker + "=" + h.dir}, more...), append([]string{"pm2", "--silent"}, args...)...)
}

func (h *Host) npm(ctx context.Context, args ...string) error {
	_, err := h.run(ctx, h.checkout(), nil, append([]string{"npm", "--loglevel=error"}, args...)...)
	return err
}

func (h *Host) mongosh(ctx context.Context, script string) error {
	_, err := h.run(ctx, "", nil, "mongosh", "--quiet", "--norc", h.mongoURI(), "--eval", script)
	return err
}
