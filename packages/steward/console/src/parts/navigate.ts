// Goes to another view.
import { useLocation } from "wouter";

export function useNavigate(): (address: string) => void {
  const [, navigate] = useLocation();
  return navigate;
}
