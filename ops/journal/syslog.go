package journal

import (
	"context"
	"fmt"
	"net"
	"os"
	"time"

	"calm/model/incident"
)

const (
	sysLogSocket = "/dev/log"
	authWarning  = 10<<3 | 4 // facility authpriv, severity warning
	mostLogged   = 1500      // of a record's payload, in bytes: daemons cut long lines
)

// sysLogWait bounds one write: a daemon that is stuck must not hold up what is urgent, which is why
// this is not package log/syslog.
const sysLogWait = 200 * time.Millisecond

// sysLog repeats what is done to the host while only memory keeps it. It outlives a restart of the
// host, which memory does not.
type sysLog struct {
	conn net.Conn
	err  error // why it is not there
}

func openSysLog(socket string) *sysLog {
	ctx, cancel := context.WithTimeout(context.Background(), sysLogWait)
	defer cancel()
	conn, err := new(net.Dialer).DialContext(ctx, "unixgram", socket)
	if err != nil {
		err = fmt.Errorf("no syslog at %s", socket)
	}
	return &sysLog{conn: conn, err: err}
}

// say writes one record, with the hash that proves the spool up to it. Notes and ticks are left out:
// people did not write them for everybody who reads the syslog.
func (l *sysLog) say(spool string, r record, hash string) {
	switch {
	case l.conn == nil:
		return
	case r.Type != incident.GapOpened && r.Type != incident.GlassBroken && incident.Kind(r.event()) != incident.KindActions:
		return
	}
	data, cut := r.Data, ""
	if len(data) > mostLogged {
		data, cut = data[:mostLogged], fmt.Sprintf(" (%d bytes more)", len(data)-mostLogged)
	}
	_ = l.conn.SetWriteDeadline(time.Now().Add(sysLogWait))
	_, err := fmt.Fprintf(l.conn, "<%d>%s calm[%d]: spool %s %d %s by %s sha256=%s %s%s",
		authWarning, time.Now().Format(time.Stamp), os.Getpid(), spool, r.Seq, r.Type, r.Actor.Name, hash, data, cut)
	if err != nil {
		l.err = fmt.Errorf("the syslog took not all of it: %w", err)
	}
}

// why says why the syslog has not all of it; empty when it has.
func (l *sysLog) why() string {
	if l.err == nil {
		return ""
	}
	return l.err.Error()
}

func (l *sysLog) close() {
	if l.conn != nil {
		_ = l.conn.Close()
	}
}
