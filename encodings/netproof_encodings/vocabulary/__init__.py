"""What is mentioned, and the pods and hosts that nothing mentioned tells apart."""
