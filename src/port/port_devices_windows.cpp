// SetupAPI, and the parameters of a device in the registry.
#include "port/port_devices_windows.h"

#include <cfgmgr32.h>
#include <fmt/format.h>
#include <setupapi.h>

#include <array>
#include <utility>

#include "os/text.h"
#include "os/wide_text_windows.h"

namespace serialtcp::io {

namespace {

/// Longer is not what it should be.
constexpr std::size_t kMostText = 256;
/// {4D36E978-E325-11CE-BFC1-08002BE10318}: the class "Ports" of devices.
constexpr GUID kPortsClass = {0x4D36E978, 0xE325, 0x11CE, {0xBF, 0xC1, 0x08, 0x00, 0x2B, 0xE1, 0x03, 0x18}};
constexpr const wchar_t* kPortName = L"PortName";
constexpr const wchar_t* kLatency = L"LatencyTimer";

using Text = std::array<wchar_t, kMostText>;

std::string text_in(const Text& text) {
  return printable(narrow_text(std::wstring_view(text.data())));
}

/// The parameters of a device; closed at the end.
class DeviceKey {
 public:
  DeviceKey(HDEVINFO set, SP_DEVINFO_DATA& device, REGSAM access)
      : key_(::SetupDiOpenDevRegKey(set, &device, DICS_FLAG_GLOBAL, 0, DIREG_DEV, access)) {}
  ~DeviceKey() {
    if (is_open()) ::RegCloseKey(key_);
  }
  DeviceKey(const DeviceKey&) = delete;
  DeviceKey& operator=(const DeviceKey&) = delete;

  bool is_open() const { return key_ != INVALID_HANDLE_VALUE; }

  std::string text(const wchar_t* name) const {
    Text text{};
    DWORD size = sizeof text - sizeof(wchar_t);
    const bool read = is_open() && ::RegQueryValueExW(key_, name, nullptr, nullptr,
                                                      reinterpret_cast<BYTE*>(text.data()), &size) == 0;
    return read ? text_in(text) : "";
  }

  std::optional<unsigned> number(const wchar_t* name) const {
    DWORD value = 0;
    DWORD size = sizeof value;
    DWORD type = 0;
    const bool read = is_open() && ::RegQueryValueExW(key_, name, nullptr, &type,
                                                      reinterpret_cast<BYTE*>(&value), &size) == 0;
    return read && type == REG_DWORD ? std::optional(unsigned{value}) : std::nullopt;
  }

  DWORD set_number(const wchar_t* name, DWORD value) const {
    if (!is_open()) return ::GetLastError();
    return static_cast<DWORD>(
        ::RegSetValueExW(key_, name, 0, REG_DWORD, reinterpret_cast<const BYTE*>(&value), sizeof value));
  }

 private:
  HKEY key_;
};

/// The devices of the class that are there.
class DeviceSet {
 public:
  DeviceSet() : set_(::SetupDiGetClassDevsW(&kPortsClass, nullptr, nullptr, DIGCF_PRESENT)) {}
  ~DeviceSet() {
    if (set_ != INVALID_HANDLE_VALUE) ::SetupDiDestroyDeviceInfoList(set_);
  }
  DeviceSet(const DeviceSet&) = delete;
  DeviceSet& operator=(const DeviceSet&) = delete;

  std::optional<SP_DEVINFO_DATA> at(DWORD index) const {
    SP_DEVINFO_DATA device{};
    device.cbSize = sizeof device;
    const bool is_one = set_ != INVALID_HANDLE_VALUE && ::SetupDiEnumDeviceInfo(set_, index, &device) != 0;
    return is_one ? std::optional(device) : std::nullopt;
  }

  DeviceKey key(SP_DEVINFO_DATA& device, REGSAM access) const { return {set_, device, access}; }

  std::string property(SP_DEVINFO_DATA& device, DWORD which) const {
    Text text{};
    const DWORD size = sizeof text - sizeof(wchar_t);
    const bool read =
        ::SetupDiGetDeviceRegistryPropertyW(set_, &device, which, nullptr,
                                            reinterpret_cast<BYTE*>(text.data()), size, nullptr) != 0;
    return read ? text_in(text) : "";
  }

 private:
  HDEVINFO set_;
};

std::string instance_of(DEVINST device) {
  Text text{};
  return ::CM_Get_Device_IDW(device, text.data(), kMostText - 1, 0) == CR_SUCCESS ? text_in(text) : "";
}

std::string parent_of(DEVINST device) {
  DEVINST parent = 0;
  return ::CM_Get_Parent(&parent, device, 0) == CR_SUCCESS ? instance_of(parent) : "";
}

/// Windows puts the name of the port behind it.
std::string without_name(std::string friendly, std::string_view name) {
  const std::size_t end = friendly.rfind(fmt::format(" ({})", name));
  if (end != std::string::npos) friendly.resize(end);
  return friendly;
}

}  // namespace

std::vector<PortDevice> port_devices(std::size_t most) {
  std::vector<PortDevice> found;
  const DeviceSet devices;
  for (DWORD index = 0; found.size() < most; ++index) {
    auto device = devices.at(index);
    if (!device) break;
    const DeviceKey key = devices.key(*device, KEY_QUERY_VALUE);
    std::string name = key.text(kPortName);
    if (name.empty()) continue;
    std::string friendly = without_name(devices.property(*device, SPDRP_FRIENDLYNAME), name);
    found.push_back({.name = std::move(name),
                     .instance = instance_of(device->DevInst),
                     .parent = parent_of(device->DevInst),
                     .service = devices.property(*device, SPDRP_SERVICE),
                     .maker = devices.property(*device, SPDRP_MFG),
                     .friendly = std::move(friendly),
                     .latency = key.number(kLatency)});
  }
  return found;
}

std::expected<void, DWORD> set_latency_of_port(const std::string& name, unsigned milliseconds) {
  const DeviceSet devices;
  for (DWORD index = 0; auto device = devices.at(index); ++index) {
    if (devices.key(*device, KEY_QUERY_VALUE).text(kPortName) != name) continue;
    const DWORD error = devices.key(*device, KEY_SET_VALUE).set_number(kLatency, milliseconds);
    if (error != ERROR_SUCCESS) return std::unexpected(error);
    return {};
  }
  return std::unexpected(DWORD{ERROR_FILE_NOT_FOUND});
}

}  // namespace serialtcp::io
