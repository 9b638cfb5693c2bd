"""Seeds of experiment: files that have each verb, right and wrong."""

STAGE = "title x\nserver listen 80\nclient connect 80\nserver accept\n"

FILES = {
    "sockets": STAGE + r'''client.x socket ipv6
client.x option TCP_CONGESTION cubic
client.x option SO_LINGER off
client.x option TCP_USER_TIMEOUT 1.5s
client.x isn 4294967295
client.x bind 40000
client.x connect 81 from 40001 ipv6 with "a\x00\"" without waiting fails ECONNREFUSED
client.x connected fails ECONNREFUSED
server.door listen 81 backlog 0 ipv6
server.a accept door without waiting fails EAGAIN
client send 1000 bytes 100 times every 5ms urgent more
server receive "get\n"
server receive 5 bytes
server receive some without waiting fails EAGAIN
server receive urgent
client shutdown write
server receive end
server reset
client vanish
client destroy fails ENOENT
''',
    "programs": r'''title x
server.relay run wiretaled --listen "0.0.0.0:2312 # 'x
wait until server listens 2312
client run wiretale chat
client type "time"
client prints "Server \\"
expect client never prints "x"
client end input
client exits any
server.relay kill INT
server.relay exits 3
''',
    "cable": r'''title x
both sysctl net.ipv4.tcp_rmem 4096 8192 16384
cable delay 10ms jitter 2ms rate 1.5mbit queue 20 mtu 1400 silently loss 0.1% from server
cable duplicate 1% reorder 5% by 4ms
cable rate unlimited mtu unlimited
cable drop client connection 2 data 3 4 times
cable drop data 2 times
cable hold client FIN until server FIN
cable hold server SYN-ACK 2 times for 50ms
cable delay client data 2 by 30ms always
cable swap client data 4 and data 5
cable duplicate probe
cable corrupt client data 2 byte 3
cable mark server segment 5
cable forge client RST seq -5000 ack after server data 1
cable cut after server SYN-ACK
after 2.5s: full: cable cut
short: cable restore
''',
    "waits-and-expectations": STAGE + r'''wait 200ms
wait until server CLOSE_WAIT or gone
wait until sent client data 3
wait until delivered server FIN
wait until quiet for 300ms
expect client ESTABLISHED or gone
expect client info cwnd<10 ssthresh=none rto!=200ms
expect client timer time-wait left>50s
expect client passes SYN_SENT ESTABLISHED FIN_WAIT1
expect connection 2 at client closing.kind=orderly-3 findings.text="a # b" # comment
expect every connection at server client=10.77.0.1:40000
expect connections=3
''',
    "headings": "\ufeff# a comment\r\ntitle x # y\r\nquestion Who\r\n  and\r\n\r\n\t\twhy?\r\n"
                "limit 1.5min\r\nmtu 1400\r\ndefaults system\r\nwait 1ms\r\nexplain\r\n  So.\r\n",
    "languages": "question[de] Wer?\ntitle[zh-CN] \u4e24\u4e2a FIN # 1\n"
                 "title x\nquestion[zh-CN]\n  \u8c01\uff0c\n  \u4e3a\u4ec0\u4e48\n"
                 "  \u201cFIN\u201d\n\n    a  b\n\nexplain[DE]\n  So.\ntitle[De] Zwei\n"
                 "wait 1ms\nexplain[zh-CN] \ud55c\uad6d\uc5b4\n  \uae00\n",
    "no-language": "title x\ntitle[zh_CN] y\nwait 1ms\n",
    "unknown-name": STAGE + "client.x send \"x\"\n",
    "unknown-verb": STAGE + "client sned \"x\"\n",
    "not-closed": STAGE + "client send \"x\n",
    "no-unit": "title x\nwait 200\n",
    "deceptive": "title x\nwait \u202esoon\n",
}


def experiment_seeds():
    """Path below corpus/ -> bytes."""
    return {f"experiment/{name}": text.encode() for name, text in FILES.items()}
