package config

import (
	"bufio"
	"bytes"
	"io"
	"net"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"unicode"
)

// Bounds of what is read of an nginx configuration: more than any real one, less than a trap.
const (
	nginxFiles = 200
	nginxDepth = 8
	nginxBytes = 1 << 20
)

// directive is a value of the configuration with its place.
type directive struct {
	value string
	file  string
	line  int
}

// nginxServer is a server block, as far as it matters here.
type nginxServer struct {
	names   []string
	listens [][]string
	at      directive // the block itself
	access  directive
	failed  directive
	proxies bool
	status  directive // the path where it answers with its counters

	includes  []string // patterns, absolute
	locations []string // heads of its blocks: "^~ /api/"
	flags     []Flag   // files that its locations ask for
}

// nginxConf is what is wanted of a configuration.
type nginxConf struct {
	access  directive
	failed  directive
	status  directive // the URL of stub_status
	servers []nginxServer

	files  int
	base   string
	source nginxSource
}

// nginxSource is where the files of a configuration are read.
type nginxSource interface {
	read(path string) ([]byte, error)
	match(pattern string) []string
}

// onDisk are the files of this host.
type onDisk struct{}

func (onDisk) read(path string) ([]byte, error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer func() { _ = file.Close() }()
	return io.ReadAll(io.LimitReader(file, nginxBytes))
}

func (onDisk) match(pattern string) []string {
	paths, err := filepath.Glob(pattern)
	if err != nil {
		return nil
	}
	return paths
}

// readNginx reads a configuration with the files that it includes. It needs no nginx, and what it
// cannot read it leaves out: the values are hints, which doctor holds against the host.
func readNginx(path string) nginxConf { return readNginxFrom(onDisk{}, path) }

func readNginxFrom(source nginxSource, path string) nginxConf {
	c := nginxConf{base: filepath.Dir(path), source: source}
	c.read(path, nil, 0)
	for _, s := range c.servers {
		if s.status.value != "" && c.status.value == "" {
			if address := s.address(); address != "" {
				c.status = s.status
				c.status.value = address + s.status.value
			}
		}
	}
	return c
}

// block is one that is open while the configuration is read.
type block struct {
	words  []string
	server int // index of the server that it is in; -1 for none
}

func (c *nginxConf) read(path string, outer []block, depth int) {
	if c.files >= nginxFiles || depth > nginxDepth {
		return
	}
	c.files++
	source, err := c.source.read(path)
	if err != nil {
		return
	}
	blocks := slices.Clone(outer)
	for s := range statements(source) {
		at := directive{file: path, line: s.line}
		switch s.end {
		case '{':
			b := block{words: s.words, server: within(blocks)}
			if len(s.words) > 0 && s.words[0] == "server" {
				c.servers = append(c.servers, nginxServer{at: at})
				b.server = len(c.servers) - 1
			} else if b.server >= 0 {
				c.servers[b.server].block(s.words, blocks)
			}
			blocks = append(blocks, b)
		case '}':
			if len(blocks) > len(outer) {
				blocks = blocks[:len(blocks)-1]
			}
		default:
			c.statement(s.words, at, blocks, depth)
		}
	}
}

// block notes one inside of a server.
func (s *nginxServer) block(words []string, outer []block) {
	switch {
	case len(words) > 1 && words[0] == "location":
		s.locations = append(s.locations, strings.Join(words[1:], " "))
	case asksForFile(words):
		at := Flag{File: strings.TrimSuffix(strings.Join(words[2:], " "), ")")}
		if words[1] == "(" && len(words) > 3 {
			at.File = strings.TrimSpace(strings.TrimSuffix(strings.Join(words[3:], " "), ")"))
		}
		if n := len(outer); n > 0 && len(outer[n-1].words) > 1 && outer[n-1].words[0] == "location" {
			at.Location = strings.Join(outer[n-1].words[1:], " ")
		}
		s.flags = append(s.flags, at)
	}
}

// asksForFile says whether a block is `if (-f FILE)`.
func asksForFile(words []string) bool {
	if len(words) < 3 || words[0] != "if" {
		return false
	}
	return words[1] == "(-f" || words[1] == "(" && words[2] == "-f"
}

func innermost(blocks []block) []string {
	if len(blocks) == 0 {
		return nil
	}
	return blocks[len(blocks)-1].words
}

func within(blocks []block) int {
	if len(blocks) == 0 {
		return -1
	}
	return blocks[len(blocks)-1].server
}

func (c *nginxConf) statement(words []string, at directive, blocks []block, depth int) {
	name, args := words[0], words[1:]
	server := &nginxServer{} // of no interest, outside any
	if n := within(blocks); n >= 0 {
		server = &c.servers[n]
	}
	inside := len(blocks) > 0 && blocks[len(blocks)-1].words[0] == "location"
	switch {
	case name == "include" && len(args) == 1:
		server.includes = append(server.includes, c.path(args[0]))
		for _, path := range c.source.match(c.path(args[0])) {
			c.read(path, blocks, depth+1)
		}
	case name == "return" && len(args) > 0 && asksForFile(innermost(blocks)) && len(server.flags) > 0:
		server.flags[len(server.flags)-1].Status, _ = strconv.Atoi(args[0])
	case name == "listen" && len(args) > 0:
		server.listens = append(server.listens, args)
	case name == "server_name":
		server.names = append(server.names, args...)
	case name == "proxy_pass":
		server.proxies = true
	case name == "stub_status" && inside:
		server.status = at
		server.status.value = location(blocks[len(blocks)-1].words)
	case (name == "access_log" || name == "error_log") && !inside && len(args) > 0:
		c.log(name, c.path(args[0]), at, within(blocks))
	}
}

// log takes the first file of its kind at its level.
func (c *nginxConf) log(name, path string, at directive, server int) {
	if base := filepath.Base(path); base == "off" || base == "stderr" || strings.Contains(path, "syslog:") || strings.Contains(path, "$") {
		return
	}
	access, failed := &c.access, &c.failed
	if server >= 0 {
		access, failed = &c.servers[server].access, &c.servers[server].failed
	}
	into := access
	if name == "error_log" {
		into = failed
	}
	if into.value == "" {
		at.value = path
		*into = at
	}
}

func (c *nginxConf) path(p string) string {
	if filepath.IsAbs(p) {
		return p
	}
	return filepath.Join(c.base, p)
}

// location is the path of a location block that can be asked as it stands; empty for a pattern.
func location(words []string) string {
	if len(words) == 0 || slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(w, "~") }) {
		return ""
	}
	if path := words[len(words)-1]; strings.HasPrefix(path, "/") {
		return path
	}
	return ""
}

// site is the server that answers for a host; else the only one that passes requests on.
func (c *nginxConf) site(host string) nginxServer {
	var passing []nginxServer
	for _, s := range c.servers {
		if host != "" && slices.Contains(s.names, host) {
			return s
		}
		if s.proxies {
			passing = append(passing, s)
		}
	}
	if len(passing) == 1 {
		return passing[0]
	}
	return nginxServer{}
}

// address is where a server can be asked from this host, plain HTTP if there is a choice.
func (s nginxServer) address() string {
	found := ""
	for _, words := range s.listens {
		if strings.HasPrefix(words[0], "unix:") {
			continue
		}
		host, port, err := net.SplitHostPort(words[0])
		switch {
		case err == nil:
		case strings.Trim(words[0], "0123456789") == "":
			host, port = "", words[0]
		default:
			host, port = words[0], "80"
		}
		if host == "" || host == "*" || host == "0.0.0.0" || host == "::" {
			host = "127.0.0.1"
		}
		if slices.Contains(words, "ssl") {
			if found == "" {
				found = "https://" + net.JoinHostPort(host, port)
			}
			continue
		}
		return "http://" + net.JoinHostPort(host, port)
	}
	if len(s.listens) == 0 {
		return "http://127.0.0.1:80"
	}
	return found
}

// statement is a line of the configuration in nginx's sense: words up to ; or a brace.
type statement struct {
	words []string
	line  int
	end   byte // ';', '{' or '}'
}

// statements splits a configuration.
func statements(source []byte) func(yield func(statement) bool) {
	return func(yield func(statement) bool) {
		var words []string
		line := 1
		for pos := 0; pos < len(source); {
			switch b := source[pos]; {
			case b == '\n':
				line++
				pos++
			case unicode.IsSpace(rune(b)):
				pos++
			case b == '#':
				n, _, _ := bufio.ScanLines(source[pos:], true)
				pos += max(n, 1)
				line++
			case b == ';' || b == '{' || b == '}':
				if (len(words) > 0 || b == '}') && !yield(statement{words, line, b}) {
					return
				}
				words = nil
				pos++
			default:
				word, n := word(source[pos:])
				words = append(words, word)
				line += bytes.Count(source[pos:pos+n], []byte("\n"))
				pos += n
			}
		}
	}
}

// word reads one word, in quotes or up to what ends it, and how many bytes it takes.
func word(source []byte) (string, int) {
	if q := source[0]; q == '"' || q == '\'' {
		for n := 1; n < len(source); n++ {
			switch source[n] {
			case '\\':
				n++
			case q:
				return string(source[1:n]), n + 1
			}
		}
		return string(source[1:]), len(source)
	}
	n := bytes.IndexFunc(source, func(r rune) bool { return unicode.IsSpace(r) || strings.ContainsRune(";{}", r) })
	if n < 0 {
		n = len(source)
	}
	return string(source[:n]), n
}
