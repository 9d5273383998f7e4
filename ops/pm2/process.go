package pm2

import (
	"bytes"
	"strconv"
	"strings"
	"time"

	"calm/ops/jsonscan"
)

// Process is one process as pm2 keeps it. It holds no environment.
type Process struct {
	ID           int // pm_id, as in `pm2 restart 0`
	Name         string
	Namespace    string // "default" where none was given
	PID          int    // 0 when it does not run
	Status       string // online, stopping, stopped, launching, errored, one-launch-status, waiting restart
	Restarts     int    // restart_time: restarts since it was started or reset, wanted ones included
	Unstable     int    // unstable_restarts: those within min_uptime
	Started      time.Time
	Memory       float64 // bytes resident, as of now
	CPU          float64 // of one core, 0–1 and above
	HeapUsed     float64 // bytes, as the process told pm2's agent in it; 0 when it has none
	HeapLimit    float64 // bytes, from --max-old-space-size in node_args or NODE_OPTIONS; 0 when not set
	ExecMode     string  // fork_mode, cluster_mode
	Dir          string  // pm_cwd
	Script       string  // pm_exec_path
	OutLog       string
	ErrLog       string
	NodeVersion  string
	ExitCode     int  // of the last exit
	Exited       bool // ExitCode says something
	AutoRestart  bool
	Module       bool // a module of pm2's own, such as pm2-logrotate
	Watch        bool
	NodeInstance int // NODE_APP_INSTANCE in cluster mode
}

// Online says whether pm2 holds the process for running. It is no promise that it serves.
func (p Process) Online() bool { return p.Status == "online" }

// processes decodes the list that getMonitorData and `pm2 jlist` give. Keys are matched exactly:
// pm2 lays the environment's variables beside its own keys.
func processes(list []byte) ([]Process, error) {
	var all []Process
	err := jsonscan.Array(list, func(v []byte) error {
		p, err := process(v)
		all = append(all, p)
		return err
	})
	return all, err
}

func process(data []byte) (Process, error) {
	p := Process{AutoRestart: true}
	err := jsonscan.Object(data, func(k, v []byte) error {
		switch string(k) {
		case "name":
			p.Name = jsonscan.Text(v)
		case "pm_id":
			p.ID = integer(v)
		case "pid":
			p.PID = integer(v)
		case "monit":
			return members(v, p.monit)
		case "pm2_env":
			return jsonscan.Object(v, p.env)
		}
		return nil
	})
	return p, err
}

func (p *Process) monit(k, v []byte) error {
	switch string(k) {
	case "memory":
		p.Memory, _ = jsonscan.Number(v)
	case "cpu":
		percent, _ := jsonscan.Number(v)
		p.CPU = percent / 100
	}
	return nil
}

func (p *Process) env(k, v []byte) error {
	switch string(k) {
	case "status":
		p.Status = jsonscan.Text(v)
	case "restart_time":
		p.Restarts = integer(v)
	case "unstable_restarts":
		p.Unstable = integer(v)
	case "pm_uptime":
		if ms, ok := jsonscan.Number(v); ok && ms > 0 {
			p.Started = time.UnixMilli(int64(ms))
		}
	case "exec_mode":
		p.ExecMode = jsonscan.Text(v)
	case "namespace":
		p.Namespace = jsonscan.Text(v)
	case "pm_cwd":
		p.Dir = jsonscan.Text(v)
	case "pm_exec_path":
		p.Script = jsonscan.Text(v)
	case "pm_out_log_path":
		p.OutLog = jsonscan.Text(v)
	case "pm_err_log_path":
		p.ErrLog = jsonscan.Text(v)
	case "node_version":
		p.NodeVersion = jsonscan.Text(v)
	case "axm_monitor":
		return members(v, p.agent)
	case "exit_code":
		n, ok := jsonscan.Number(v)
		p.ExitCode, p.Exited = int(n), ok
	case "autorestart":
		p.AutoRestart = string(v) != "false"
	case "pmx_module":
		p.Module = string(v) == "true"
	case "watch":
		p.Watch = string(v) != "false"
	case "NODE_APP_INSTANCE":
		p.NodeInstance = integer(v)
	case "node_args", "NODE_OPTIONS":
		// The one variable that is looked into unasked, and only for this number. Arguments win.
		if n := heapLimit(v); n > 0 && (p.HeapLimit == 0 || k[0] == 'n') {
			p.HeapLimit = n
		}
	}
	return nil
}

// agent reads what the process tells of itself, such as {"Used Heap Size":{"value":"5.08","unit":"MiB"}}.
func (p *Process) agent(k, v []byte) error {
	if string(k) != "Used Heap Size" {
		return nil
	}
	return members(v, func(k, v []byte) error {
		if string(k) == "value" {
			mib, _ := jsonscan.Number(v)
			p.HeapUsed = mib * (1 << 20)
		}
		return nil
	})
}

// members walks an object; what is none, such as a null where nothing was measured yet, has none.
func members(v []byte, each func(k, v []byte) error) error {
	if v[0] != '{' {
		return nil
	}
	return jsonscan.Object(v, each)
}

// heapLimit finds --max-old-space-size=N, in MiB, and gives bytes; the last one counts, as in node.
func heapLimit(v []byte) float64 {
	for _, flag := range []string{"--max-old-space-size", "--max_old_space_size"} {
		i := bytes.LastIndex(v, []byte(flag))
		if i < 0 {
			continue
		}
		rest := strings.TrimLeft(string(v[i+len(flag):min(len(v), i+len(flag)+20)]), "= \",")
		end := 0
		for end < len(rest) && rest[end] >= '0' && rest[end] <= '9' {
			end++
		}
		if n, err := strconv.Atoi(rest[:end]); err == nil {
			return float64(n) * (1 << 20)
		}
	}
	return 0
}

// variables picks the wanted variables out of a process's environment. pm2 keeps it twice: beside its
// own keys, which is what the process was given, and under "env", from which it is made again.
func variables(list []byte, app string, wanted func(name string) bool) (found bool, vars map[string]string, err error) {
	vars = map[string]string{}
	keep := func(over bool) func(k, v []byte) error {
		return func(k, v []byte) error {
			if !wanted(string(k)) {
				return nil
			}
			if _, have := vars[string(k)]; over || !have {
				vars[string(k)] = jsonscan.Text(v)
			}
			return nil
		}
	}
	err = jsonscan.Array(list, func(v []byte) error {
		p, err := process(v)
		if err != nil || p.Name != app || found {
			return err
		}
		found = true
		return jsonscan.Object(v, func(k, v []byte) error {
			if string(k) != "pm2_env" {
				return nil
			}
			return jsonscan.Object(v, func(k, v []byte) error {
				if string(k) == "env" {
					return jsonscan.Object(v, keep(false))
				}
				return keep(true)(k, v)
			})
		})
	})
	return found, vars, err
}

func integer(v []byte) int {
	n, _ := jsonscan.Number(v)
	return int(n)
}
