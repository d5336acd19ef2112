// lwip_device: what its commands and its lines have in common.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

// Its declarations of functions are for C alone.
extern "C" {
#include <lwipopts.h>
}
#include <lwip/netif.h>

namespace lwip_device {

using Bytes = std::vector<std::uint8_t>;
using Packet = std::function<void(const Bytes&)>;

/// Set before anything else is called.
inline int g_line = -1;
inline netif g_netif;

/// A line of standard output.
void say(const std::string& text);

/// To the line; returns when it has taken all.
void write_all(const Bytes& bytes);

/// 16 bits, the high byte first.
inline void put16(Bytes& into, unsigned value) {
  into.push_back(static_cast<std::uint8_t>(value >> 8));
  into.push_back(static_cast<std::uint8_t>(value));
}

/// What carries packets over the line.
class Framing {
 public:
  virtual ~Framing() = default;
  /// Adds g_netif to lwIP, whose core is locked.
  virtual void add_netif() = 0;
  virtual void send(const Bytes& packet) = 0;
  /// From the line.
  virtual void take(const Bytes& bytes) = 0;
  /// Reports when packets can be sent.
  virtual void dial() { say("failed: there is nothing to be negotiated"); }
};

/// "slip", "ppp", "ppp-8bit"; null for another word.
std::unique_ptr<Framing> make_framing(const std::string& protocol);

}  // namespace lwip_device
