// GetCommState(), SetCommState(), SetCommTimeouts(). A driver may take a speed without an error and not set it, so what it has
// is read back.
#include "port/com_state_windows.h"

namespace serialtcp::io {

namespace {

constexpr DWORD kDriverQueue = 16384;

std::expected<DCB, ComError> dcb_of(HANDLE port) {
  DCB state{};
  state.DCBlength = sizeof state;
  if (::GetCommState(port, &state) == 0) return std::unexpected(::GetLastError());
  return state;
}

BYTE parity_of(Parity parity) {
  switch (parity) {
    case Parity::even:
      return EVENPARITY;
    case Parity::odd:
      return ODDPARITY;
    case Parity::space:
      return SPACEPARITY;
    case Parity::mark:
      return MARKPARITY;
    case Parity::none:
      break;
  }
  return NOPARITY;
}

BYTE stop_bits_of(StopBits bits) {
  if (bits == StopBits::one) return ONESTOPBIT;
  return bits == StopBits::two ? TWOSTOPBITS : ONE5STOPBITS;
}

void set_flow(DCB& state, const SerialSettings& settings) {
  const bool hardware = settings.flow_control == FlowControl::rts_cts;
  state.fOutxCtsFlow = hardware;
  state.fRtsControl = settings.rs485             ? RTS_CONTROL_TOGGLE
                      : hardware                 ? RTS_CONTROL_HANDSHAKE
                      : settings.rts == Pin::low ? RTS_CONTROL_DISABLE
                                                 : RTS_CONTROL_ENABLE;
  state.fDtrControl = settings.dtr == Pin::low ? DTR_CONTROL_DISABLE : DTR_CONTROL_ENABLE;
  state.fOutX = settings.flow_control == FlowControl::xon_xoff;
  state.fInX = settings.inbound_flow.value_or(settings.flow_control) == FlowControl::xon_xoff;
  state.XonChar = 0x11;
  state.XoffChar = 0x13;
  state.XonLim = kDriverQueue / 4;
  state.XoffLim = kDriverQueue / 4;
}

/// All of it, whatever another program has left there.
void set_raw(DCB& state, const SerialSettings& settings) {
  state.fBinary = 1;
  state.fParity = settings.parity != Parity::none;
  state.fOutxDsrFlow = 0;
  state.fDsrSensitivity = 0;
  state.fTXContinueOnXoff = 1;
  state.fErrorChar = 0;
  state.fNull = 0;
  state.fAbortOnError = 0;
  state.BaudRate = settings.baud;
  state.ByteSize = settings.data_bits;
  state.Parity = parity_of(settings.parity);
  state.StopBits = stop_bits_of(settings.stop_bits);
}

Parity parity_in(const DCB& state) {
  switch (state.Parity) {
    case EVENPARITY:
      return Parity::even;
    case ODDPARITY:
      return Parity::odd;
    case SPACEPARITY:
      return Parity::space;
    case MARKPARITY:
      return Parity::mark;
    default:
      return Parity::none;
  }
}

/// What a DCB does not tell, or tells otherwise, is as in `wanted`.
SerialSettings settings_in(const DCB& state, const SerialSettings& wanted) {
  SerialSettings now = wanted;
  now.baud = state.BaudRate;
  now.data_bits = state.ByteSize;
  now.parity = parity_in(state);
  now.stop_bits = state.StopBits == ONESTOPBIT    ? StopBits::one
                  : state.StopBits == TWOSTOPBITS ? StopBits::two
                                                  : StopBits::one_and_a_half;
  now.flow_control = state.fOutxCtsFlow != 0 ? FlowControl::rts_cts
                     : state.fOutX != 0      ? FlowControl::xon_xoff
                                             : FlowControl::none;
  return now;
}

std::expected<DCB, ComError> set_and_read_back(HANDLE port, DCB state) {
  if (::SetCommState(port, &state) == 0) return std::unexpected(::GetLastError());
  return dcb_of(port);
}

}  // namespace

std::expected<ComState, ComError> com_state(HANDLE port) {
  const auto settings = dcb_of(port);
  if (!settings) return std::unexpected(settings.error());
  ComState state{*settings, {}};
  if (::GetCommTimeouts(port, &state.timeouts) == 0) return std::unexpected(::GetLastError());
  return state;
}

std::expected<SerialSettings, ComError> set_com_state(HANDLE port, const SerialSettings& settings) {
  ::SetupComm(port, kDriverQueue, kDriverQueue);  // a wish only
  auto state = dcb_of(port);
  if (!state) return std::unexpected(state.error());
  set_raw(*state, settings);
  set_flow(*state, settings);
  // A read ends when it is full, or 1 ms after the last byte; without a byte, never. A write has no limit.
  COMMTIMEOUTS timeouts{};
  timeouts.ReadIntervalTimeout = 1;
  if (::SetCommTimeouts(port, &timeouts) == 0) return std::unexpected(::GetLastError());
  const auto now = set_and_read_back(port, *state);
  if (!now) return std::unexpected(now.error());
  return settings_in(*now, settings);
}

bool can_switch_rs485(const Rs485& wanted) {
  return wanted == Rs485{};
}

std::expected<std::uint32_t, ComError> set_com_speed(HANDLE port, std::uint32_t baud) {
  auto state = dcb_of(port);
  if (!state) return std::unexpected(state.error());
  state->BaudRate = baud;
  const auto now = set_and_read_back(port, *state);
  if (!now) return std::unexpected(now.error());
  return now->BaudRate;
}

void restore_com_state(HANDLE port, const ComState& saved) {
  DCB settings = saved.settings;
  COMMTIMEOUTS timeouts = saved.timeouts;
  ::SetCommState(port, &settings);
  ::SetCommTimeouts(port, &timeouts);
}

}  // namespace serialtcp::io
