// The lines of lwip_device as devices with lwIP have them: its pppos and its slipif.
#include <condition_variable>
#include <deque>
#include <mutex>
#include <utility>

#include "lwip_device.h"

extern "C" {
#include <lwip/sio.h>
#include <netif/ppp/pppapi.h>
#include <netif/ppp/pppos.h>
#include <netif/slipif.h>
}
#include <lwip/dns.h>
#include <lwip/pbuf.h>
#include <lwip/tcpip.h>

namespace lwip_device {

namespace {

class Own : public Framing {
 public:
  void send(const Bytes& bytes) override {
    pbuf* const packet = pbuf_alloc(PBUF_RAW, static_cast<u16_t>(bytes.size()), PBUF_RAM);
    pbuf_take(packet, bytes.data(), static_cast<u16_t>(bytes.size()));
    LOCK_TCPIP_CORE();
    g_netif.output(&g_netif, packet, netif_ip4_gw(&g_netif));
    UNLOCK_TCPIP_CORE();
    pbuf_free(packet);
  }
};

class OwnPpp final : public Own {
 public:
  void add_netif() override {
    pcb_ = pppos_create(&g_netif, &write_frame, &status_changed, this);
    ppp_set_usepeerdns(pcb_, 1);
  }

  void take(const Bytes& bytes) override {
    pppos_input_tcpip(pcb_, const_cast<u8_t*>(bytes.data()), static_cast<int>(bytes.size()));
  }

  void dial() override {
    LOCK_TCPIP_CORE();
    ppp_connect(pcb_, 0);
    UNLOCK_TCPIP_CORE();
  }

 private:
  static u32_t write_frame(ppp_pcb*, u8_t* data, u32_t size, void*) {
    write_all({data, data + size});
    return size;
  }

  /// Called for IPv4 and for IPv6.
  static void status_changed(ppp_pcb*, int error, void* self) {
    if (error != PPPERR_NONE) return say("failed: PPP error " + std::to_string(error));
    if (ip4_addr_isany(netif_ip4_addr(&g_netif)) || std::exchange(static_cast<OwnPpp*>(self)->up_, true))
      return;
    say("up " + text(*netif_ip4_addr(&g_netif)) + " gateway " + text(*netif_ip4_gw(&g_netif)) + " dns " +
        text(*ip_2_ip4(dns_getserver(0))));
  }

  static std::string text(const ip4_addr_t& address) { return ip4addr_ntoa(&address); }

  ppp_pcb* pcb_ = nullptr;
  bool up_ = false;
};

/// Its thread reads by sio_read().
class OwnSlip final : public Own {
 public:
  void add_netif() override {
    netif_add(&g_netif, nullptr, nullptr, nullptr, nullptr, &slipif_init, &tcpip_input);
  }

  void take(const Bytes& bytes) override {
    const std::lock_guard lock(mutex_);
    received_.insert(received_.end(), bytes.begin(), bytes.end());
    changed_.notify_one();
  }

  static std::uint8_t next() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [] { return !received_.empty(); });
    const std::uint8_t byte = received_.front();
    received_.pop_front();
    return byte;
  }

 private:
  static inline std::mutex mutex_;
  static inline std::condition_variable changed_;
  static inline std::deque<std::uint8_t> received_;
};

}  // namespace

std::unique_ptr<Framing> make_framing(const std::string& protocol) {
  if (protocol == "ppp") return std::make_unique<OwnPpp>();
  if (protocol == "slip") return std::make_unique<OwnSlip>();
  return nullptr;
}

}  // namespace lwip_device

// What slipif calls.
extern "C" {

sio_fd_t sio_open(u8_t) {
  return reinterpret_cast<sio_fd_t>(&lwip_device::g_line);
}

void sio_send(u8_t byte, sio_fd_t) {
  static lwip_device::Bytes frame;
  frame.push_back(byte);
  if (byte != 0xC0) return;  // the end, and the beginning
  lwip_device::write_all(frame);
  frame.clear();
}

u32_t sio_read(sio_fd_t, u8_t* data, u32_t) {
  *data = lwip_device::OwnSlip::next();
  return 1;
}

u32_t sio_tryread(sio_fd_t, u8_t*, u32_t) {
  return 0;  // only without the thread
}
}
