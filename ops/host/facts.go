package host

import (
	"os"
	"os/user"
	"runtime"
	"strconv"
	"strings"
)

// unsetLogin is what the kernel gives for a process that no login led to, such as a daemon's.
const unsetLogin = 1<<32 - 1

// Facts are what does not change while calm runs. A field that could not be found out is empty,
// and the IDs are then -1.
type Facts struct {
	Hostname string
	User     string // that calm runs as
	UID      int
	LoginUID int    // who logged in, whatever sudo made of it since
	Login    string // the name of LoginUID
	SudoUser string // who called sudo, by its own word
	BootID   string // changes with every boot
	Kernel   string
	Cores    int
	Memory   float64 // bytes
}

// Person is who is at the keyboard, as well as the host can tell: sudo's caller, the login, the
// user.
func (f Facts) Person() string {
	for _, name := range []string{f.SudoUser, f.Login, f.User} {
		if name != "" && name != "root" {
			return name
		}
	}
	return f.User
}

// ReadFacts finds out the facts of this host and process.
func ReadFacts() Facts {
	f := Facts{UID: os.Getuid(), LoginUID: -1, SudoUser: os.Getenv("SUDO_USER"), Cores: runtime.NumCPU()}
	f.Hostname, _ = os.Hostname()
	f.User = userName(f.UID)
	if f.User == "" {
		f.User = os.Getenv("USER")
	}
	if id, err := strconv.ParseUint(word("/proc/self/loginuid"), 10, 32); err == nil && id != unsetLogin {
		f.LoginUID = int(id)
		f.Login = userName(f.LoginUID)
	}
	f.BootID = word("/proc/sys/kernel/random/boot_id")
	f.Kernel = word("/proc/sys/kernel/osrelease")
	f.Memory, _, _ = (&Source{proc: "/proc"}).meminfo()
	return f
}

func userName(uid int) string {
	u, err := user.LookupId(strconv.Itoa(uid))
	if err != nil {
		return ""
	}
	return u.Username
}

func word(path string) string {
	data, err := os.ReadFile(path)
	if err != nil {
		return ""
	}
	return strings.TrimSpace(string(data))
}
