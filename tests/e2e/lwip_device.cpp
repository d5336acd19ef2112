// lwip_device slip|ppp|ppp-8bit TTY: a device with a serial line as its only network, as a microcontroller is: lwIP's TCP/IP, and
// below it SLIP or PPP, either in their plainest form (lwip_plain_lines.cpp, with Debian's liblwip, which has neither) or
// lwIP's own (lwip_own_lines.cpp, by scripts/build-lwip-device). Commands are lines of standard input, each answered by one line of standard output:
//
//   up ADDRESS GATEWAY   (slip) has these addresses from now on    -> up ADDRESS
//   dial                 (ppp) negotiates                           -> up ADDRESS gateway ADDRESS dns ADDRESS
//   fetch ADDRESS PORT PATH   by HTTP                               -> fetched BYTES SUM, or failed ERROR
//   resolve NAME SERVER  by DNS                                     -> resolved ADDRESS
//   ping ADDRESS                                                    -> pong
//   udp ADDRESS PORT TEXT                                           -> answer TEXT, or failed ERROR
//   serve PORT TEXT      each connection gets this page, by HTTP    -> serving
//   echo PORT            each connection gets back what it sends    -> serving
//   flood ADDRESS COUNT  begins so many connections, to ports 1 ... -> flooded
//   spoof ADDRESS        sends a datagram from there                -> spoofed
#include <fcntl.h>
#include <poll.h>
#include <termios.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <iostream>
#include <memory>
#include <mutex>
#include <sstream>
#include <string>
#include <thread>
#include <vector>

#include "lwip_device.h"

#include <lwip/netif.h>
#include <lwip/pbuf.h>
#include <lwip/sockets.h>
#include <lwip/tcpip.h>

namespace lwip_device {

void say(const std::string& text) {
  std::cout << text << std::endl;
}

void write_all(const Bytes& bytes) {
  static std::mutex one_at_a_time;
  const std::lock_guard lock(one_at_a_time);
  std::size_t done = 0;
  while (done < bytes.size()) {
    pollfd wait{g_line, POLLOUT, 0};
    ::poll(&wait, 1, -1);
    const ssize_t count = ::write(g_line, bytes.data() + done, bytes.size() - done);
    if (count > 0) done += static_cast<std::size_t>(count);
    if (count < 0 && errno != EAGAIN && errno != EINTR) return;
  }
}

}  // namespace lwip_device

namespace {

using namespace lwip_device;

std::unique_ptr<Framing> g_framing;

void read_line() {
  Bytes buffer;
  for (;;) {
    pollfd wait{g_line, POLLIN, 0};
    ::poll(&wait, 1, -1);
    buffer.resize(4096);
    const ssize_t count = ::read(g_line, buffer.data(), buffer.size());
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) std::_Exit(0);  // the line has gone
    buffer.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
    g_framing->take(buffer);
  }
}

sockaddr_in place(const std::string& address, int port) {
  sockaddr_in at{};
  at.sin_family = AF_INET;
  at.sin_port = lwip_htons(static_cast<u16_t>(port));
  ip4_addr_t parsed{};
  ip4addr_aton(address.c_str(), &parsed);
  at.sin_addr.s_addr = parsed.addr;
  return at;
}

void limit_waiting(int socket, int seconds) {
  timeval limit{seconds, 0};
  lwip_setsockopt(socket, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
}

std::string failed() {
  return std::string("failed ") + std::strerror(errno);
}

std::string fetch(const std::string& address, int port, const std::string& path) {
  const int socket = lwip_socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in at = place(address, port);
  std::string result;
  if (lwip_connect(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at) != 0) {
    result = failed();
  } else {
    const std::string request = "GET " + path + " HTTP/1.0\r\nHost: x\r\n\r\n";
    lwip_send(socket, request.data(), request.size(), 0);
    std::string answer;
    std::array<char, 4096> buffer;
    ssize_t count = 0;
    while ((count = lwip_recv(socket, buffer.data(), buffer.size(), 0)) > 0)
      answer.append(buffer.data(), static_cast<std::size_t>(count));
    const std::size_t body = answer.find("\r\n\r\n");
    const std::string page = body == std::string::npos ? "" : answer.substr(body + 4);
    std::uint32_t sum = 0;
    for (const char c : page) sum = sum * 31 + static_cast<std::uint8_t>(c);
    result = count < 0 ? failed() : "fetched " + std::to_string(page.size()) + " " + std::to_string(sum);
  }
  lwip_close(socket);
  return result;
}

/// Sends a datagram, and returns what comes back.
std::string exchange(const std::string& address, int port, const Bytes& content, Bytes& answer) {
  const int socket = lwip_socket(AF_INET, SOCK_DGRAM, 0);
  limit_waiting(socket, 10);
  const sockaddr_in at = place(address, port);
  lwip_connect(socket, reinterpret_cast<const sockaddr*>(&at), sizeof at);
  lwip_send(socket, content.data(), content.size(), 0);
  answer.resize(2048);
  const ssize_t count = lwip_recv(socket, answer.data(), answer.size(), 0);
  const std::string problem = count < 0 ? failed() : "";
  answer.resize(count < 0 ? 0 : static_cast<std::size_t>(count));
  lwip_close(socket);
  return problem;
}

/// RFC 1035: the first address of the answer.
std::string resolve(const std::string& name, const std::string& server) {
  Bytes query{0x12, 0x34, 1, 0, 0, 1, 0, 0, 0, 0, 0, 0};
  std::istringstream labels(name);
  for (std::string label; std::getline(labels, label, '.');) {
    query.push_back(static_cast<std::uint8_t>(label.size()));
    query.insert(query.end(), label.begin(), label.end());
  }
  query.insert(query.end(), {0, 0, 1, 0, 1});
  Bytes answer;
  if (const std::string problem = exchange(server, 53, query, answer); !problem.empty()) return problem;
  // Its only record is the last: the address, with its length before it.
  if (answer.size() < query.size() + 16 || answer[7] == 0) return "failed: no address";
  std::string text = "resolved ";
  const std::size_t at = query.size() + 12;
  for (std::size_t i = 0; i < 4; ++i) text += (i == 0 ? "" : ".") + std::to_string(answer[at + i]);
  return text;
}

std::string ping(const std::string& address) {
  const int socket = lwip_socket(AF_INET, SOCK_RAW, IPPROTO_ICMP);
  limit_waiting(socket, 10);
  Bytes echo{8, 0, 0, 0, 0x77, 0x77, 0, 1, 'h', 'i'};
  std::uint32_t sum = 0;
  for (std::size_t i = 0; i < echo.size(); i += 2)
    sum += static_cast<std::uint32_t>(echo[i] << 8 | echo[i + 1]);
  sum = ~((sum & 0xFFFF) + (sum >> 16));
  echo[2] = static_cast<std::uint8_t>(sum >> 8);
  echo[3] = static_cast<std::uint8_t>(sum);
  const sockaddr_in at = place(address, 0);
  lwip_sendto(socket, echo.data(), echo.size(), 0, reinterpret_cast<const sockaddr*>(&at), sizeof at);
  std::array<std::uint8_t, 256> answer;
  std::string result;
  do {
    const ssize_t count = lwip_recv(socket, answer.data(), answer.size(), 0);
    if (count < 0) result = failed();
    if (count >= 28 && answer[20] == 0 && answer[24] == 0x77) result = "pong";
    // With the beginning of the packet that it is about: others of this device are told of theirs, too.
    if (count >= 53 && answer[20] == 3 && answer[37] == 1 && answer[52] == 0x77)
      result = "unreachable " + std::to_string(answer[21]);
  } while (result.empty());
  lwip_close(socket);
  return result;
}

int listener_at(int port) {
  const int listener = lwip_socket(AF_INET, SOCK_STREAM, 0);
  const sockaddr_in at = place("0.0.0.0", port);
  lwip_bind(listener, reinterpret_cast<const sockaddr*>(&at), sizeof at);
  lwip_listen(listener, 4);
  return listener;
}

void serve_echo(int port) {
  std::thread([listener = listener_at(port)] {
    for (;;) {
      const int client = lwip_accept(listener, nullptr, nullptr);
      if (client < 0) continue;
      const int at_once = 1;
      lwip_setsockopt(client, IPPROTO_TCP, TCP_NODELAY, &at_once, sizeof at_once);
      std::array<char, 1024> piece;
      for (ssize_t count = 0; (count = lwip_recv(client, piece.data(), piece.size(), 0)) > 0;)
        lwip_send(client, piece.data(), static_cast<std::size_t>(count), 0);
      lwip_close(client);
    }
  }).detach();
}

void serve(int port, const std::string& text) {
  std::thread([listener = listener_at(port), text] {
    for (;;) {
      const int client = lwip_accept(listener, nullptr, nullptr);
      if (client < 0) continue;
      std::array<char, 1024> request;
      lwip_recv(client, request.data(), request.size(), 0);
      const std::string page =
          "HTTP/1.0 200 OK\r\nContent-Length: " + std::to_string(text.size()) + "\r\n\r\n" + text;
      lwip_send(client, page.data(), page.size(), 0);
      lwip_close(client);
    }
  }).detach();
}

/// Raw segments: no connection of lwIP is needed for each.
void flood(const std::string& address, int count) {
  ip4_addr_t to{};
  ip4addr_aton(address.c_str(), &to);
  for (int i = 1; i <= count; ++i) {
    Bytes packet{0x45, 0, 0, 40, 0, 0, 0, 0, 64, 6, 0, 0};
    const auto* const from = reinterpret_cast<const std::uint8_t*>(&netif_ip4_addr(&g_netif)->addr);
    packet.insert(packet.end(), from, from + 4);
    packet.insert(packet.end(), reinterpret_cast<const std::uint8_t*>(&to),
                  reinterpret_cast<const std::uint8_t*>(&to) + 4);
    put16(packet, static_cast<unsigned>(20000 + i));
    put16(packet, static_cast<unsigned>(i));
    packet.insert(packet.end(), {0, 0, 0, 1, 0, 0, 0, 0, 0x50, 2, 0x10, 0, 0, 0, 0, 0});
    const auto sum = [&packet](std::size_t begin, std::size_t end, std::uint32_t value) {
      for (std::size_t at = begin; at < end; at += 2)
        value += static_cast<std::uint32_t>(packet[at] << 8 | packet[at + 1]);
      while (value >> 16 != 0) value = (value & 0xFFFF) + (value >> 16);
      return ~value;
    };
    const std::uint32_t header = sum(0, 20, 0);
    packet[10] = static_cast<std::uint8_t>(header >> 8);
    packet[11] = static_cast<std::uint8_t>(header);
    const std::uint32_t segment = sum(12, 40, 6 + 20);
    packet[36] = static_cast<std::uint8_t>(segment >> 8);
    packet[37] = static_cast<std::uint8_t>(segment);
    g_framing->send(packet);
  }
}

/// An echo request to the gateway.
void spoof(const std::string& address) {
  ip4_addr_t from{};
  ip4addr_aton(address.c_str(), &from);
  Bytes packet{0x45, 0, 0, 28, 0, 0, 0, 0, 64, 1, 0, 0};
  const auto* const bytes = reinterpret_cast<const std::uint8_t*>(&from);
  packet.insert(packet.end(), bytes, bytes + 4);
  const auto* const to = reinterpret_cast<const std::uint8_t*>(&netif_ip4_gw(&g_netif)->addr);
  packet.insert(packet.end(), to, to + 4);
  packet.insert(packet.end(), {8, 0, 0xF7, 0xFF, 0, 0, 0, 0});
  std::uint32_t sum = 0;
  for (std::size_t at = 0; at < 20; at += 2)
    sum += static_cast<std::uint32_t>(packet[at] << 8 | packet[at + 1]);
  while (sum >> 16 != 0) sum = (sum & 0xFFFF) + (sum >> 16);
  packet[10] = static_cast<std::uint8_t>(~sum >> 8);
  packet[11] = static_cast<std::uint8_t>(~sum);
  g_framing->send(packet);
}

void have_addresses(const std::string& address, const std::string& gateway) {
  ip4_addr_t own{}, mask{}, next{};
  ip4addr_aton(address.c_str(), &own);
  ip4addr_aton(gateway.c_str(), &next);
  IP4_ADDR(&mask, 255, 255, 255, 0);
  LOCK_TCPIP_CORE();
  netif_set_addr(&g_netif, &own, &mask, &next);
  netif_set_up(&g_netif);
  netif_set_link_up(&g_netif);
  UNLOCK_TCPIP_CORE();
  say("up " + address);
}

void obey(const std::string& line) {
  std::istringstream words(line);
  std::string what, where;
  int port = 0;
  words >> what;
  std::string rest;
  if (what == "up" && words >> where >> rest) return have_addresses(where, rest);
  if (what == "dial") return g_framing->dial();
  if (what == "fetch" && words >> where >> port >> rest) return say(fetch(where, port, rest));
  if (what == "resolve" && words >> rest >> where) return say(resolve(rest, where));
  if (what == "ping" && words >> where) return say(ping(where));
  if (what == "udp" && words >> where >> port >> rest) {
    Bytes answer;
    const std::string problem = exchange(where, port, {rest.begin(), rest.end()}, answer);
    return say(problem.empty() ? "answer " + std::string(answer.begin(), answer.end()) : problem);
  }
  if (what == "serve" && words >> port >> rest) {
    serve(port, rest);
    return say("serving");
  }
  if (what == "echo" && words >> port) {
    serve_echo(port);
    return say("serving");
  }
  if (what == "flood" && words >> where >> port) {
    flood(where, port);
    return say("flooded");
  }
  if (what == "spoof" && words >> where) {
    spoof(where);
    return say("spoofed");
  }
  say("failed: no such command");
}

}  // namespace

int main(int argc, char** argv) {
  if (argc != 3) return 2;
  g_line = ::open(argv[2], O_RDWR | O_NOCTTY | O_NONBLOCK);
  if (g_line < 0) {
    std::perror(argv[2]);
    return 1;
  }
  termios settings{};
  ::tcgetattr(g_line, &settings);
  ::cfmakeraw(&settings);
  ::tcsetattr(g_line, TCSANOW, &settings);
  g_framing = make_framing(argv[1]);
  if (!g_framing) return 2;
  tcpip_init(nullptr, nullptr);
  LOCK_TCPIP_CORE();
  g_framing->add_netif();
  netif_set_default(&g_netif);
  UNLOCK_TCPIP_CORE();
  std::thread(read_line).detach();
  say("ready");
  for (std::string line; std::getline(std::cin, line);) obey(line);
  std::_Exit(0);
}
