// ppp_probe COMMAND ARGUMENT...: runs a program on a pty of its own and speaks PPP with it, as a device that asks for its
// address, or SLIP. Prints what happens; once the link is up, sends an echo request to the other end (ICMP) and waits for
// the answer, then ends the link. Exit status 0: all of that happened within the time.
//
//   -a OURS:PEERS   gives these addresses instead
//   -s off|on       speaks SLIP, without or with compressed headers of TCP; with -a
//   -g ADDRESS      to which the echo request goes; without it, to the other end
//   -6 FROM,TO      asks by IPv6 instead, from this address
//   -l NAME:SECRET  what it logs in with
//   -d NAME:SECRET  demands this login of the program
//   -m MRU          the largest datagram that it takes
//   -t SECONDS      the time (10)
//   -p TEXT         printed to the program first, as it is, and a newline
#include <arpa/inet.h>
#include <fcntl.h>
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <sys/random.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <memory>
#include <optional>
#include <string>
#include <utility>

#include "ip/datagram_writer.h"
#include "ip/packet.h"
#include "ip/slip_link.h"
#include "ppp/link.h"

namespace {

using namespace serialtcp;

Time now() {
  return Time(std::chrono::steady_clock::now().time_since_epoch());
}

double since(Time start) {
  return to_seconds(now() - start);
}

/// An ICMP or ICMPv6 echo request with 32 bytes of data.
Bytes echo_request(const ip::Address& from, const ip::Address& to) {
  constexpr std::uint8_t kIcmp = 1, kIcmpV6 = 58, kRequest = 8, kRequestV6 = 128;
  Bytes message(40);
  message[0] = from.is_v4() ? kRequest : kRequestV6;
  const std::uint8_t protocol = from.is_v4() ? kIcmp : kIcmpV6;
  return ip::make_datagram({.source = from, .destination = to, .protocol = protocol}, message);
}

bool is_echo_reply(ByteView datagram) {
  const auto packet = ip::parse(datagram);
  if (!packet || packet->payload.empty()) return false;
  constexpr std::uint8_t kReply = 0, kReplyV6 = 129;
  return packet->payload[0] == (packet->version == 4 ? kReply : kReplyV6);
}

std::uint32_t address_of(const char* text) {
  std::array<unsigned, 4> part{};
  if (std::sscanf(text, "%u.%u.%u.%u", &part[0], &part[1], &part[2], &part[3]) != 4) std::exit(2);
  return part[0] << 24U | part[1] << 16U | part[2] << 8U | part[3];
}

ip::Address v6_of(const std::string& text) {
  Bytes bytes(16);
  if (inet_pton(AF_INET6, text.c_str(), bytes.data()) != 1) std::exit(2);
  return ip::Address::v6(bytes);
}

ppp::Login login_of(const std::string& text) {
  const std::size_t colon = text.find(':');
  if (colon == std::string::npos) std::exit(2);
  return {text.substr(0, colon), text.substr(colon + 1)};
}

struct Wish {
  ppp::Config config;
  std::optional<ip::SlipCompression> slip;  ///< empty: PPP
  std::uint32_t goal = 0;
  std::optional<std::pair<ip::Address, ip::Address>> goal_v6;  ///< from, to
  double seconds = 10;
  std::string prompt;
};

Wish parse(int argc, char** argv) {
  Wish wish;
  wish.config.asks_dns = true;
  for (int option = 0; (option = getopt(argc, argv, "+6:a:d:g:l:m:s:t:p:")) != -1;) {
    if (option == 'a') {
      char* const colon = std::strchr(optarg, ':');
      if (colon == nullptr) std::exit(2);
      wish.config.ours = address_of(optarg);
      wish.config.peers = address_of(colon + 1);
    } else if (option == '6') {
      const std::string text = optarg;
      const std::size_t comma = std::min(text.find(','), text.size() - 1);
      wish.goal_v6 = {v6_of(text.substr(0, comma)), v6_of(text.substr(comma + 1))};
    } else if (option == 'g') {
      wish.goal = address_of(optarg);
    } else if (option == 'l') {
      wish.config.login = login_of(optarg);
    } else if (option == 'd') {
      wish.config.accepts.push_back(login_of(optarg));
    } else if (option == 'm') {
      wish.config.mru = static_cast<std::size_t>(std::atoi(optarg));
    } else if (option == 's') {
      wish.slip = std::strcmp(optarg, "on") == 0 ? ip::SlipCompression::on : ip::SlipCompression::off;
    } else if (option == 't') {
      wish.seconds = std::atof(optarg);
    } else if (option == 'p') {
      wish.prompt = optarg;
    } else {
      std::exit(2);
    }
  }
  if (getrandom(wish.config.entropy.data(), wish.config.entropy.size(), 0) < 0 || optind >= argc)
    std::exit(2);
  return wish;
}

int start(char** command) {
  termios raw{};
  cfmakeraw(&raw);
  int pty = -1;
  const pid_t child = forkpty(&pty, nullptr, &raw, nullptr);
  if (child == 0) {
    execvp(command[0], command);
    std::perror(command[0]);
    _exit(127);
  }
  return child < 0 ? -1 : pty;
}

std::unique_ptr<ip::DatagramLink> make_link(const Wish& wish) {
  if (!wish.slip) return std::make_unique<ppp::PppLink>(wish.config, now());
  const ip::LinkAddresses addresses{
      .ours = wish.config.ours, .peers = wish.config.peers, .mtu = ip::SlipLink::kMaxDatagram};
  return std::make_unique<ip::SlipLink>(addresses, *wish.slip);
}

class Probe {
 public:
  Probe(const Wish& wish, int pty) : wish_(wish), pty_(pty), link_(make_link(wish)) {
    if (link_->is_up()) say_up();
  }

  bool run() {
    while (since(start_) < wish_.seconds) {
      move();
      if (answered_ && !closing_) {
        closing_ = true;
        link_->close(now(), "enough");
      }
      if (closing_ && link_->pending() == 0 && link_->deadline() == kNever) return true;
      if (gone_) return closing_;
    }
    return false;
  }

 private:
  void move() {
    const Time deadline = link_->deadline();
    const Duration left = deadline == kNever ? std::chrono::milliseconds(200) : deadline - now();
    const auto wait =
        std::clamp<std::int64_t>(std::chrono::ceil<std::chrono::milliseconds>(left).count(), 0, 200);
    pollfd poll{pty_, static_cast<short>(POLLIN | (link_->pending() > 0 ? POLLOUT : 0)), 0};
    ::poll(&poll, 1, static_cast<int>(wait));
    std::array<Byte, 2048> buffer{};
    if ((poll.revents & (POLLIN | POLLHUP)) != 0) {
      const ssize_t count = read(pty_, buffer.data(), buffer.size());
      gone_ = count <= 0;
      if (count > 0) link_->receive(ByteView(buffer).first(static_cast<std::size_t>(count)), now());
    }
    if (link_->deadline() <= now()) link_->tick(now());
    while (auto report = link_->poll()) take(*report);
    if ((poll.revents & POLLOUT) == 0) return;
    const Bytes bytes = link_->transmit(256);
    if (!bytes.empty() && write(pty_, bytes.data(), bytes.size()) != static_cast<ssize_t>(bytes.size()))
      gone_ = true;
  }

  void take(const ip::LinkReport& report) {
    using Kind = ip::LinkReport::Kind;
    switch (report.kind) {
      case Kind::up:
        say_up();
        break;
      case Kind::datagram:
        if (is_echo_reply(report.datagram)) answered_ = true;
        std::printf("datagram %.3f s %zu bytes%s\n", since(start_), report.datagram.size(),
                    answered_ ? ", echo" : "");
        break;
      case Kind::down:
      case Kind::note:
        std::printf("%s %.3f s %s\n", report.kind == Kind::down ? "down" : "note", since(start_),
                    report.text.c_str());
        break;
    }
    std::fflush(stdout);
  }

  void say_up() {
    const ip::LinkAddresses addresses = link_->addresses();
    const auto* const ppp = dynamic_cast<ppp::PppLink*>(link_.get());
    std::printf("up %.3f s ours %s peers %s dns %s mtu %zu ipv6 %d vj %d\n", since(start_),
                ppp::address_text(addresses.ours).c_str(), ppp::address_text(addresses.peers).c_str(),
                ppp != nullptr ? ppp::address_text(ppp->facts().dns[0]).c_str() : "-", addresses.mtu,
                addresses.peer_id != 0 ? 1 : 0, link_->compresses_headers() ? 1 : 0);
    std::fflush(stdout);
    const auto v4 = std::pair(ip::Address::v4(addresses.ours),
                              ip::Address::v4(wish_.goal != 0 ? wish_.goal : addresses.peers));
    const auto& [from, to] = wish_.goal_v6.value_or(v4);
    link_->send(echo_request(from, to), now());
  }

  const Wish& wish_;
  int pty_;
  Time start_ = now();
  std::unique_ptr<ip::DatagramLink> link_;
  bool answered_ = false, closing_ = false, gone_ = false;
};

}  // namespace

int main(int argc, char** argv) {
  const Wish wish = parse(argc, argv);
  signal(SIGPIPE, SIG_IGN);
  const int pty = start(argv + optind);
  if (pty < 0) return 2;
  if (!wish.prompt.empty()) dprintf(pty, "%s\n", wish.prompt.c_str());
  const bool good = Probe(wish, pty).run();
  close(pty);
  std::printf("%s\n", good ? "good" : "not good");
  return good ? 0 : 1;
}
