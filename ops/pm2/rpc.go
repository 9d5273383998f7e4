package pm2

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
	"time"

	"calm/ops"
	"calm/ops/jsonscan"
)

// method is a remote procedure of pm2's daemon that only reads. The daemon has others behind the
// same socket, such as killMe and deleteProcessId; there is no way to name them here.
type method string

const (
	getMonitorData method = "getMonitorData" // the process list, as in `pm2 jlist`
	getVersion     method = "getVersion"     // of the daemon, not of the command
)

const (
	maxReply    = 16 << 20        // bytes; ten processes are about 60 kB
	callTimeout = 3 * time.Second // when the context has no earlier deadline
	requestID   = "s:calm:1"      // one call at a time: a late reply never meets the next call
	socketFile  = "rpc.sock"      // in PM2_HOME
	pidFile     = "pm2.pid"       // in PM2_HOME
	daemonTitle = "God Daemon"    // in the daemon's argv, as it sets it itself
	ampVersion  = 1 << 4          // in the first byte of a message, before the argument count
	ampArgs     = byte(0x0f)      // the argument count in the first byte
	op          = "pm2"           // of every error
)

// errProtocol marks a reply that is not what this client understands: another pm2, or no pm2.
var errProtocol = errors.New("its reply is not understood")

// conn is one kept connection to the daemon's RPC socket.
type conn struct {
	net.Conn
	buf []byte // reused for replies
}

func dial(ctx context.Context, path string) (*conn, error) {
	var d net.Dialer
	c, err := d.DialContext(ctx, "unix", path)
	if err != nil {
		return nil, err
	}
	return &conn{Conn: c}, nil
}

// call sends one request and reads its reply. The result is good until the next call. The format
// is AMP: a byte of version and argument count, then each argument with its length, four bytes big
// endian, before it; "j:" begins JSON and "s:" a string.
func (c *conn) call(ctx context.Context, m method) (result []byte, err error) {
	deadline := time.Now().Add(callTimeout)
	if d, ok := ctx.Deadline(); ok && d.Before(deadline) {
		deadline = d
	}
	if err := c.SetDeadline(deadline); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = c.SetDeadline(time.Unix(1, 0)) })
	defer stop()

	req := message(`j:{"type":"call","method":"`+string(m)+`","args":[{}]}`, requestID)
	if _, err := c.Write(req); err != nil {
		return nil, err
	}
	payload, err := c.reply()
	if err != nil {
		return nil, err
	}
	return value(payload)
}

func message(args ...string) []byte {
	msg := []byte{ampVersion | byte(len(args))}
	for _, a := range args {
		msg = binary.BigEndian.AppendUint32(msg, uint32(len(a)))
		msg = append(msg, a...)
	}
	return msg
}

// reply reads one message of two arguments and gives the first, without its "j:".
func (c *conn) reply() ([]byte, error) {
	var head [1]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return nil, err
	}
	if head[0]&^ampArgs != ampVersion || head[0]&ampArgs != 2 {
		return nil, errProtocol
	}
	var err error
	if c.buf, err = c.argument(c.buf); err != nil {
		return nil, err
	}
	id, err := c.argument(nil)
	if err != nil {
		return nil, err
	}
	if string(id) != requestID || len(c.buf) < 2 || c.buf[0] != 'j' || c.buf[1] != ':' {
		return nil, errProtocol
	}
	return c.buf[2:], nil
}

func (c *conn) argument(into []byte) ([]byte, error) {
	var head [4]byte
	if _, err := io.ReadFull(c, head[:]); err != nil {
		return into, err
	}
	n := int(binary.BigEndian.Uint32(head[:]))
	if n > maxReply {
		return into, fmt.Errorf("%w: %d bytes are too many", errProtocol, n)
	}
	if cap(into) < n {
		into = make([]byte, n+n/4)
	}
	into = into[:n]
	_, err := io.ReadFull(c, into)
	return into, err
}

// value takes the result out of {"args":[result]}; the other shape is {"error":"…"}.
func value(payload []byte) (result []byte, err error) {
	var said string
	walk := jsonscan.Object(payload, func(k, v []byte) error {
		switch string(k) {
		case "args":
			return jsonscan.Array(v, func(arg []byte) error {
				if result == nil {
					result = arg
				}
				return nil
			})
		case "error":
			said = jsonscan.Text(v)
		}
		return nil
	})
	switch {
	case walk != nil:
		return nil, fmt.Errorf("%w: %w", errProtocol, walk)
	case said != "":
		return nil, ops.Errorf(ops.Failed, op, "the daemon says %q", said)
	case result == nil:
		return nil, errProtocol
	}
	return result, nil
}

// daemonAlive says whether the daemon of a PM2_HOME runs: its pid is that of a process which calls
// itself pm2's daemon, and its socket is there. Any pm2 command would start one otherwise.
func daemonAlive(home string) bool {
	data, err := os.ReadFile(home + "/" + pidFile)
	if err != nil {
		return false
	}
	pid, err := strconv.Atoi(string(bytes.TrimSpace(data)))
	if err != nil || pid <= 1 {
		return false
	}
	title, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/cmdline")
	if err != nil || !bytes.Contains(title, []byte(daemonTitle)) {
		return false
	}
	_, err = os.Stat(home + "/" + socketFile)
	return err == nil
}
