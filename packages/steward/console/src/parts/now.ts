// The server's time, to the second.
import { useEffect, useState } from "react";
import { clockOffset } from "../api/connection.ts";

export function useNow(): number {
  const offset = clockOffset.use();
  const [now, setNow] = useState(Date.now);
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden) setNow(Date.now());
    }, 1_000);
    return () => clearInterval(timer);
  }, []);
  return now + offset;
}
