// The lines of lwip_device in their plainest form: SLIP and PPP, written without a look at those of the program under test.
#include <algorithm>
#include <array>
#include <atomic>
#include <chrono>
#include <condition_variable>
#include <cstring>
#include <mutex>
#include <thread>

#include "lwip_device.h"

#include <lwip/pbuf.h>
#include <lwip/tcpip.h>

namespace lwip_device {

namespace {

class Plain : public Framing {
 public:
  void add_netif() override {
    netif_add(&g_netif, nullptr, nullptr, nullptr, this, &begin_netif, &tcpip_input);
  }

  void take(const Bytes& bytes) override {
    for (const std::uint8_t byte : bytes) take_byte(byte);
  }

 protected:
  virtual void take_byte(std::uint8_t byte) = 0;

  static void arrived(const Bytes& bytes) {
    pbuf* const packet = pbuf_alloc(PBUF_RAW, static_cast<u16_t>(bytes.size()), PBUF_RAM);
    if (packet == nullptr) return;
    pbuf_take(packet, bytes.data(), static_cast<u16_t>(bytes.size()));
    if (tcpip_input(packet, &g_netif) != ERR_OK) pbuf_free(packet);
  }

 private:
  static err_t send_packet(netif* made, pbuf* packet, const ip4_addr_t*) {
    Bytes bytes(packet->tot_len);
    pbuf_copy_partial(packet, bytes.data(), packet->tot_len, 0);
    static_cast<Plain*>(made->state)->send(bytes);
    return ERR_OK;
  }

  static err_t begin_netif(netif* made) {
    made->name[0] = 's';
    made->name[1] = 'l';
    made->mtu = 1500;
    made->output = &send_packet;
    return ERR_OK;
  }
};

// ---- SLIP (RFC 1055) ----

class Slip final : public Plain {
 public:
  void send(const Bytes& packet) override {
    Bytes frame{kEnd};
    for (const std::uint8_t byte : packet) {
      if (byte == kEnd) {
        frame.insert(frame.end(), {kEscape, 0xDC});
      } else if (byte == kEscape) {
        frame.insert(frame.end(), {kEscape, 0xDD});
      } else {
        frame.push_back(byte);
      }
    }
    frame.push_back(kEnd);
    write_all(frame);
  }

  void take_byte(std::uint8_t byte) override {
    if (byte == kEnd) {
      if (!frame_.empty()) arrived(frame_);
      frame_.clear();
    } else if (escaped_) {
      frame_.push_back(byte == 0xDC ? kEnd : kEscape);
      escaped_ = false;
    } else if (byte == kEscape) {
      escaped_ = true;
    } else {
      frame_.push_back(byte);
    }
  }

 private:
  static constexpr std::uint8_t kEnd = 0xC0;
  static constexpr std::uint8_t kEscape = 0xDB;

  Bytes frame_;
  bool escaped_ = false;
};

// ---- PPP (RFC 1661, 1662, 1332, 1877): asks until it is answered, and has every option rejected that it does not know ----

class Ppp final : public Plain {
 public:
  /// `lcp_options`: of its Configure-Request.
  explicit Ppp(Bytes lcp_options) : lcp_options_(std::move(lcp_options)) {}

  void send(const Bytes& packet) override { send_frame(0x0021, packet); }

  void take_byte(std::uint8_t byte) override {
    if (byte == 0x7E) {
      if (frame_.size() >= 4 && fcs(frame_) == 0xF0B8) frame_is_whole();
      frame_.clear();
      escaped_ = false;
    } else if (byte == 0x7D) {
      escaped_ = true;
    } else {
      frame_.push_back(escaped_ ? byte ^ 0x20 : byte);
      escaped_ = false;
    }
  }

  void dial() override {
    std::thread([this] {
      while (!lcp_open()) request(kLcp, lcp_options_);
      // The address of nobody is answered with the right one; so is that of the name server.
      while (!(ipcp_acked_ && ipcp_agreed_)) {
        Bytes options{3, 6};
        options.insert(options.end(), address_.begin(), address_.end());
        options.insert(options.end(), {129, 6});
        options.insert(options.end(), server_.begin(), server_.end());
        request(kIpcp, options);
      }
      say("up " + text(address_) + " gateway " + text(gateway_) + " dns " + text(server_));
      ip4_addr_t address, mask, gateway;
      std::memcpy(&address, address_.data(), 4);
      std::memcpy(&gateway, gateway_.data(), 4);
      IP4_ADDR(&mask, 255, 255, 255, 0);
      LOCK_TCPIP_CORE();
      netif_set_addr(&g_netif, &address, &mask, &gateway);
      netif_set_up(&g_netif);
      netif_set_link_up(&g_netif);
      UNLOCK_TCPIP_CORE();
    }).detach();
  }

 private:
  static constexpr unsigned kLcp = 0xC021;
  static constexpr unsigned kIpcp = 0x8021;
  using Address = std::array<std::uint8_t, 4>;

  static std::string text(const Address& address) {
    return std::to_string(address[0]) + "." + std::to_string(address[1]) + "." + std::to_string(address[2]) +
           "." + std::to_string(address[3]);
  }

  bool lcp_open() const { return lcp_acked_ && lcp_agreed_; }

  static std::uint16_t fcs(const Bytes& bytes) {
    unsigned value = 0xFFFF;
    for (const std::uint8_t byte : bytes) {
      value ^= byte;
      for (int bit = 0; bit < 8; ++bit) value = (value & 1) != 0 ? value >> 1 ^ 0x8408 : value >> 1;
    }
    return static_cast<std::uint16_t>(value);
  }

  void send_frame(unsigned protocol, const Bytes& content) {
    Bytes plain{0xFF, 0x03};
    put16(plain, protocol);
    plain.insert(plain.end(), content.begin(), content.end());
    const unsigned check = fcs(plain) ^ 0xFFFFU;
    plain.push_back(static_cast<std::uint8_t>(check));
    plain.push_back(static_cast<std::uint8_t>(check >> 8));
    Bytes frame{0x7E};
    for (const std::uint8_t byte : plain) {
      if (byte < 0x20 || byte == 0x7E || byte == 0x7D) {
        frame.insert(frame.end(), {0x7D, static_cast<std::uint8_t>(byte ^ 0x20)});
      } else {
        frame.push_back(byte);
      }
    }
    frame.push_back(0x7E);
    write_all(frame);
  }

  static Bytes control(std::uint8_t code, std::uint8_t id, const Bytes& content) {
    Bytes packet{code, id};
    put16(packet, static_cast<unsigned>(content.size() + 4));
    packet.insert(packet.end(), content.begin(), content.end());
    return packet;
  }

  /// Waits for a while for what it leads to.
  void request(unsigned protocol, const Bytes& options) {
    {
      std::unique_lock lock(mutex_);
      if (protocol == kLcp ? lcp_acked_ : ipcp_acked_) {
        changed_.wait_for(lock, std::chrono::milliseconds(200));
        return;
      }
    }
    // Not again before it is answered: a request would end what has been agreed on meanwhile.
    answered_ = false;
    send_frame(protocol, control(1, ++id_, options));
    std::unique_lock lock(mutex_);
    changed_.wait_for(lock, std::chrono::seconds(1), [this] { return answered_.load(); });
  }

  void frame_is_whole() {
    Bytes rest(frame_.begin(), frame_.end() - 2);
    if (rest.size() >= 2 && rest[0] == 0xFF && rest[1] == 0x03) rest.erase(rest.begin(), rest.begin() + 2);
    if (rest.empty()) return;
    const bool is_short = (rest[0] & 1) != 0;
    const unsigned protocol = is_short ? rest[0] : static_cast<unsigned>(rest[0] << 8 | rest[1]);
    rest.erase(rest.begin(), rest.begin() + (is_short ? 1 : 2));
    if (protocol == 0x0021) {
      arrived(rest);
    } else if ((protocol == kLcp || protocol == kIpcp) && rest.size() >= 4) {
      const std::size_t size = static_cast<std::size_t>(rest[2] << 8 | rest[3]);
      if (size >= 4 && size <= rest.size())
        negotiate(protocol, rest[0], rest[1], {rest.begin() + 4, rest.begin() + static_cast<long>(size)});
    } else if (lcp_open()) {
      Bytes rejected;
      put16(rejected, protocol);
      rejected.insert(rejected.end(), rest.begin(), rest.end());
      send_frame(kLcp, control(8, ++id_, rejected));
    }
    const std::lock_guard lock(mutex_);
    changed_.notify_all();
  }

  void negotiate(unsigned protocol, std::uint8_t code, std::uint8_t id, const Bytes& options) {
    if (code == 1) return answer(protocol, id, options);
    if (code == 2) (protocol == kLcp ? lcp_acked_ : ipcp_acked_) = true;
    if (id == id_ && code >= 2 && code <= 4) answered_ = true;
    if (code == 9) send_frame(kLcp, control(10, id, Bytes(4)));
    if (protocol != kIpcp || code != 3) return;
    for (std::size_t i = 0; i + 6 <= options.size() && options[i + 1] >= 2; i += options[i + 1]) {
      if (options[i] == 3) std::copy_n(options.begin() + static_cast<long>(i) + 2, 4, address_.begin());
      if (options[i] == 129) std::copy_n(options.begin() + static_cast<long>(i) + 2, 4, server_.begin());
    }
  }

  void answer(unsigned protocol, std::uint8_t id, const Bytes& options) {
    Bytes rejected;
    for (std::size_t i = 0; i + 2 <= options.size() && options[i + 1] >= 2; i += options[i + 1]) {
      const std::uint8_t kind = options[i];
      const bool known =
          protocol == kLcp ? kind == 1 || kind == 2 || kind == 5 || kind == 7 || kind == 8 : kind == 3;
      const auto begin = options.begin() + static_cast<long>(i);
      if (!known) rejected.insert(rejected.end(), begin, begin + options[i + 1]);
      if (protocol == kIpcp && kind == 3) std::copy_n(begin + 2, 4, gateway_.begin());
    }
    if (!rejected.empty()) return send_frame(protocol, control(4, id, rejected));
    send_frame(protocol, control(2, id, options));
    (protocol == kLcp ? lcp_agreed_ : ipcp_agreed_) = true;
  }

  Bytes lcp_options_;
  Bytes frame_;
  bool escaped_ = false;
  std::atomic<std::uint8_t> id_ = 0;
  std::mutex mutex_;
  std::condition_variable changed_;
  std::atomic<bool> answered_ = false, lcp_acked_ = false, lcp_agreed_ = false, ipcp_acked_ = false,
                    ipcp_agreed_ = false;
  Address address_{}, gateway_{}, server_{};
};

}  // namespace

std::unique_ptr<Framing> make_framing(const std::string& protocol) {
  if (protocol == "ppp") return std::make_unique<Ppp>(Bytes{});
  // Nothing need be escaped for it.
  if (protocol == "ppp-8bit") return std::make_unique<Ppp>(Bytes{2, 6, 0, 0, 0, 0});
  if (protocol == "slip") return std::make_unique<Slip>();
  return nullptr;
}

}  // namespace lwip_device
