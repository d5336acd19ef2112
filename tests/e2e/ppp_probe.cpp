// ppp_probe COMMAND ARGUMENT...: runs a program on a pty of its own and speaks PPP with it, as a device that asks for its
// address, or SLIP. Prints what happens; once the link is up, sends an echo request to the other end (ICMP) and waits for
// the answer, then ends the link. Exit status 0: all of that happened within the time.
//
//   -a OURS:PEERS   gives these addresses instead
//   -s off|on       speaks SLIP, without or with compressed headers of TCP; with -a
//   -g ADDRESS      to which the echo request goes; without it, to the other end
//   -l NAME:SECRET  what it logs in with
//   -d NAME:SECRET  demands this login of the program
//   -m MRU          the largest datagram that it takes
//   -t SECONDS      the time (10)
//   -p TEXT         printed to the program first, as it is, and a newline
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

std::uint16_t checksum(ByteView bytes) {
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i + 1 < bytes.size(); i += 2)
    sum += static_cast<std::uint32_t>(bytes[i] << 8U | bytes[i + 1]);
  while ((sum >> 16U) != 0) sum = (sum & 0xFFFFU) + (sum >> 16U);
  return static_cast<std::uint16_t>(~sum);
}

/// An ICMP echo request with 32 bytes of data.
Bytes echo_request(std::uint32_t from, std::uint32_t to) {
  constexpr std::size_t kIp = 20, kAll = 60;
  Bytes packet(kAll);
  const std::array<Byte, 10> head{0x45, 0, 0, kAll, 0, 1, 0, 0, 64, 1};
  std::copy(head.begin(), head.end(), packet.begin());
  for (unsigned i = 0; i < 4; ++i) {
    packet[12 + i] = static_cast<Byte>(from >> (24 - 8 * i));
    packet[16 + i] = static_cast<Byte>(to >> (24 - 8 * i));
  }
  packet[kIp] = 8;
  const auto put = [&packet](std::size_t at, std::uint16_t value) {
    packet[at] = static_cast<Byte>(value >> 8U);
    packet[at + 1] = static_cast<Byte>(value);
  };
  put(10, checksum(ByteView(packet).first(kIp)));
  put(kIp + 2, checksum(ByteView(packet).subspan(kIp)));
  return packet;
}

bool is_echo_reply(ByteView packet) {
  return packet.size() >= 28 && packet[0] >> 4U == 4 && packet[9] == 1 && packet[20] == 0;
}

std::uint32_t address_of(const char* text) {
  std::array<unsigned, 4> part{};
  if (std::sscanf(text, "%u.%u.%u.%u", &part[0], &part[1], &part[2], &part[3]) != 4) std::exit(2);
  return part[0] << 24U | part[1] << 16U | part[2] << 8U | part[3];
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
  double seconds = 10;
  std::string prompt;
};

Wish parse(int argc, char** argv) {
  Wish wish;
  wish.config.asks_dns = true;
  for (int option = 0; (option = getopt(argc, argv, "+a:d:g:l:m:s:t:p:")) != -1;) {
    if (option == 'a') {
      char* const colon = std::strchr(optarg, ':');
      if (colon == nullptr) std::exit(2);
      wish.config.ours = address_of(optarg);
      wish.config.peers = address_of(colon + 1);
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
    link_->send(echo_request(addresses.ours, wish_.goal != 0 ? wish_.goal : addresses.peers), now());
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
