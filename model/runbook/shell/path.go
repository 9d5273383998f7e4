package shell

import (
	"path"
	"strings"
)

// isSink reports whether writing to a path keeps nothing and harms nothing.
func isSink(p string) bool {
	switch p {
	case "/dev/null", "/dev/stdout", "/dev/stderr", "/dev/tty", "/dev/fd/1", "/dev/fd/2", "/dev/zero", "/dev/full":
		return true
	}
	return false
}

// overwriting is the risk of replacing a file, or of adding to it.
func overwriting(p string, appended bool) Risk {
	clean := path.Clean(p)
	switch {
	case strings.HasPrefix(clean, "/dev/tcp/"), strings.HasPrefix(clean, "/dev/udp/"):
		return Changes
	case strings.HasPrefix(clean, "/dev/shm/"):
		return Changes
	case strings.HasPrefix(clean, "/dev/"), clean == "/proc/sysrq-trigger":
		return Destroys
	case strings.HasPrefix(clean, "/proc/"), strings.HasPrefix(clean, "/sys/"):
		return Changes
	case appended:
		return Changes
	case ofSystem(clean):
		// The text cannot tell whether the file is there; losing what was in
		// it is the case to guard against.
		return Destroys
	}
	return Changes
}

// ofSystem reports whether a path belongs to the machine itself.
func ofSystem(p string) bool {
	clean := path.Clean(p)
	for _, root := range []string{"/etc", "/boot", "/usr", "/bin", "/sbin", "/lib", "/lib64", "/dev", "/proc", "/sys", "/root", "/var/lib", "/var/spool"} {
		if clean == root || strings.HasPrefix(clean, root+"/") {
			return true
		}
	}
	return clean == "/"
}

// ofSystemBin reports whether a program's path is in a directory that packages
// install to.
func ofSystemBin(p string) bool {
	dir := path.Dir(p)
	if dir != path.Clean(dir) || strings.Contains(p, "..") {
		return false
	}
	switch dir {
	case "/bin", "/sbin", "/usr/bin", "/usr/sbin", "/usr/local/bin", "/usr/local/sbin", "/snap/bin", "/opt/homebrew/bin":
		return true
	}
	return strings.HasPrefix(dir, "/opt/") && strings.HasSuffix(dir, "/bin") || strings.HasPrefix(dir, "/usr/lib/") && strings.HasSuffix(dir, "/bin")
}

// withoutPassword takes the user and the password out of a URL.
func withoutPassword(s string) string {
	scheme, rest, ok := strings.Cut(s, "://")
	if !ok {
		return s
	}
	end := strings.IndexAny(rest, "/?#")
	if end < 0 {
		end = len(rest)
	}
	// The last @ counts: people forget to escape the one in a password.
	if at := strings.LastIndexByte(rest[:end], '@'); at >= 0 {
		rest = rest[at+1:]
	} else if at := strings.LastIndexByte(rest, '@'); at >= 0 && strings.IndexByte(rest[:at], ':') >= 0 {
		// A slash in the password ends the host too early.
		rest = rest[at+1:]
	}
	return scheme + "://" + rest
}

// withoutSecrets takes a URL's password out, and its query when that holds one.
func withoutSecrets(s string) string {
	s = withoutPassword(s)
	head, query, ok := strings.Cut(s, "?")
	if !ok {
		return s
	}
	low := strings.ToLower(query)
	for _, word := range []string{"token", "key", "pass", "secret", "sig", "auth"} {
		if strings.Contains(low, word) {
			return head
		}
	}
	return s
}
