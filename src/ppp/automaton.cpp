#include "ppp/automaton.h"

#include <array>
#include <cstddef>

namespace serialtcp::ppp {

namespace {

using namespace action;

constexpr std::uint16_t kTld = kLayerDown, kIrc = kInitCount, kZrc = kZeroCount, kScr = kSendRequest,
                        kSca = kSendAck, kScn = kSendNak, kStr = kSendTerminate, kSta = kSendTerminateAck,
                        kScj = kSendCodeReject, kSer = kSendEchoReply, kTlu = kLayerUp, kTls = kLayerStarted,
                        kTlf = kLayerFinished;

constexpr std::size_t kStates = 10;
constexpr std::size_t kEvents = 16;

/// The number of the state that follows, as in the RFC, and what is done.
struct Cell {
  int next;
  unsigned actions = 0;
};
constexpr int kSame = -1;  // the event cannot happen

using Row = std::array<Cell, kStates>;

// clang-format off
constexpr std::array<Row, kEvents> kTable{{
  // initial     starting         closed           stopped               closing      stopping
  //   req_sent             ack_rcvd             ack_sent             opened
  /* up */            {{{2},       {6, kIrc|kScr},  {kSame},         {kSame},              {kSame},     {kSame},
      {kSame},              {kSame},             {kSame},             {kSame}}},
  /* down */          {{{kSame},   {kSame},         {0},             {1, kTls},            {0},         {1},
      {1},                  {1},                 {1},                 {1, kTld}}},
  /* open */          {{{1, kTls}, {1},             {6, kIrc|kScr},  {3},                  {5},         {5},
      {6},                  {7},                 {8},                 {9}}},
  /* close */         {{{0},       {0, kTlf},       {2},             {2},                  {4},         {4},
      {4, kIrc|kStr},       {4, kIrc|kStr},      {4, kIrc|kStr},      {4, kTld|kIrc|kStr}}},
  /* timeout */       {{{kSame},   {kSame},         {kSame},         {kSame},              {4, kStr},   {5, kStr},
      {6, kScr},            {6, kScr},           {8, kScr},           {kSame}}},
  /* last_timeout */  {{{kSame},   {kSame},         {kSame},         {kSame},              {2, kTlf},   {3, kTlf},
      {3, kTlf},            {3, kTlf},           {3, kTlf},           {kSame}}},
  /* good_request */  {{{kSame},   {kSame},         {2, kSta},       {8, kIrc|kScr|kSca},  {4},         {5},
      {8, kSca},            {9, kSca|kTlu},      {8, kSca},           {8, kTld|kScr|kSca}}},
  /* bad_request */   {{{kSame},   {kSame},         {2, kSta},       {6, kIrc|kScr|kScn},  {4},         {5},
      {6, kScn},            {7, kScn},           {6, kScn},           {6, kTld|kScr|kScn}}},
  /* ack */           {{{kSame},   {kSame},         {2, kSta},       {3, kSta},            {4},         {5},
      {7, kIrc},            {6, kScr},           {9, kIrc|kTlu},      {6, kTld|kScr}}},
  /* nak_or_reject */ {{{kSame},   {kSame},         {2, kSta},       {3, kSta},            {4},         {5},
      {6, kIrc|kScr},       {6, kScr},           {8, kIrc|kScr},      {6, kTld|kScr}}},
  /* term. request */ {{{kSame},   {kSame},         {2, kSta},       {3, kSta},            {4, kSta},   {5, kSta},
      {6, kSta},            {6, kSta},           {6, kSta},           {5, kTld|kZrc|kSta}}},
  /* term. ack */     {{{kSame},   {kSame},         {2},             {3},                  {2, kTlf},   {3, kTlf},
      {6},                  {6},                 {8},                 {6, kTld|kScr}}},
  /* unknown_code */  {{{kSame},   {kSame},         {2, kScj},       {3, kScj},            {4, kScj},   {5, kScj},
      {6, kScj},            {7, kScj},           {8, kScj},           {9, kScj}}},
  /* allowed rej. */  {{{kSame},   {kSame},         {2},             {3},                  {4},         {5},
      {6},                  {6},                 {8},                 {9}}},
  /* fatal_reject */  {{{kSame},   {kSame},         {2, kTlf},       {3, kTlf},            {2, kTlf},   {3, kTlf},
      {3, kTlf},            {3, kTlf},           {3, kTlf},           {5, kTld|kIrc|kStr}}},
  /* echo */          {{{kSame},   {kSame},         {2},             {3},                  {4},         {5},
      {6},                  {7},                 {8},                 {9, kSer}}},
}};
// clang-format on

}  // namespace

Transition transition(State state, Event event) {
  const Cell& cell = kTable[static_cast<std::size_t>(event)][static_cast<std::size_t>(state)];
  if (cell.next == kSame) return {0, state};
  return {static_cast<std::uint16_t>(cell.actions), static_cast<State>(cell.next)};
}

}  // namespace serialtcp::ppp
